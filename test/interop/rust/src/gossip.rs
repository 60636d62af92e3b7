// SPDX-License-Identifier: MIT
//! Topics: what is published on them and what came.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, IdentTopic, MessageAuthenticity, TopicHash, ValidationMode, Version,
};
use libp2p::{PeerId, identity};
use serde_json::{Value, json};

use crate::Answer;
use crate::node::Node;
use crate::streams::byte;

const NUMBER_BYTES: usize = 8;
const HEADER_BYTES: usize = 16;

#[derive(Default)]
pub struct Topic {
    numbers: HashSet<u64>,
    copies: u64,
    wrong: u64,
    us: Vec<f64>,
}

pub struct Sizes {
    pub count: usize,
    pub min: usize,
    pub max: usize,
}

/// CLOCK_MONOTONIC, which all processes of a machine share.
fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a timespec of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

impl Topic {
    pub fn took(&mut self, data: &[u8]) {
        let now_ns = now_ns();
        let is_right = data.len() >= HEADER_BYTES && (HEADER_BYTES..data.len()).all(|at| data[at] == byte(at));
        if !is_right {
            self.wrong += 1;
            return;
        }
        let word = |at: usize| u64::from_be_bytes(data[at..at + 8].try_into().expect("eight bytes"));
        self.us.push(now_ns.saturating_sub(word(NUMBER_BYTES)) as f64 / 1e3);
        if !self.numbers.insert(word(0)) {
            self.copies += 1;
        }
    }
}

fn message(number: u64, bytes: usize) -> Vec<u8> {
    let mut data: Vec<u8> = (0..bytes.max(HEADER_BYTES)).map(byte).collect();
    data[..NUMBER_BYTES].copy_from_slice(&number.to_be_bytes());
    data[NUMBER_BYTES..HEADER_BYTES].copy_from_slice(&now_ns().to_be_bytes());
    data
}

/// As it comes, with the limit of 64 KiB for an RPC, but that nothing is dropped for being late: a slow
/// machine is no fault. Of versions, only 1.1 alone and all up to 1.3 can be had.
pub fn behaviour(key: &identity::Keypair, is_1_2: bool) -> Result<Behaviour, Box<dyn Error + Send + Sync>> {
    let patience = Duration::from_secs(600);
    let mut config = ConfigBuilder::default();
    config
        .validation_mode(ValidationMode::Strict)
        .connection_handler_queue_len(100_000)
        .publish_queue_duration(patience)
        .forward_queue_duration(patience);
    if !is_1_2 {
        config.protocol_id("/meshsub/1.1.0", Version::V1_1);
    }
    Ok(Behaviour::new(MessageAuthenticity::Signed(key.clone()), config.build()?)?)
}

pub fn subscribe(node: &mut Node, topic: &str) -> Answer {
    node.swarm.behaviour_mut().gossip.subscribe(&IdentTopic::new(topic))?;
    Ok(json!({}))
}

pub async fn subscribers(node: &mut Node, topic: &str, count: usize) -> Answer {
    let topic = TopicHash::from_raw(topic);
    let known = |node: &mut Node| {
        let gossip = &node.swarm.behaviour().gossip;
        let number = gossip.all_peers().filter(|(_, topics)| topics.contains(&&topic)).count();
        (number >= count).then_some(())
    };
    node.until(known).await;
    Ok(json!({}))
}

pub async fn in_mesh(node: &mut Node, topic: &str, peer: PeerId) -> Answer {
    let topic = TopicHash::from_raw(topic);
    let is_in =
        |node: &mut Node| node.swarm.behaviour().gossip.mesh_peers(&topic).any(|one| *one == peer).then_some(());
    node.until(is_in).await;
    Ok(json!({}))
}

pub fn publish(node: &mut Node, topic: &str, first: usize, sizes: &Sizes) -> Answer {
    for index in 0..sizes.count {
        let bytes = sizes.min + (sizes.max - sizes.min) * index / (sizes.count - 1).max(1);
        let data = message((first + index) as u64, bytes);
        node.swarm.behaviour_mut().gossip.publish(IdentTopic::new(topic), data)?;
    }
    Ok(json!({}))
}

pub async fn received(node: &mut Node, name: &str, count: usize) -> Answer {
    let enough = |node: &mut Node| {
        let topic = node.topics.entry(name.into()).or_default();
        (topic.numbers.len() >= count)
            .then(|| json!({"distinct": topic.numbers.len(), "copies": topic.copies, "wrong": topic.wrong}))
    };
    Ok(node.until(enough).await)
}

pub fn latencies(node: &mut Node, name: &str) -> Value {
    let topic = node.topics.entry(name.into()).or_default();
    json!({"us": std::mem::take(&mut topic.us)})
}
