// SPDX-License-Identifier: MIT
//! rust-libp2p as a partner: ../PARTNER.md says what it is told and what it answers.

mod gossip;
mod node;
mod streams;

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use libp2p::{Multiaddr, PeerId};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::node::{Node, Options};

pub type Answer = Result<Value, Box<dyn Error>>;

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("an option without its value")?;
        match (word.as_str(), value.as_str()) {
            ("--security", "noise") => options.tls = false,
            ("--security", "tls") => options.noise = false,
            ("--gossip", "1.1") => options.gossip_1_2 = false,
            ("--gossip", "1.2") => options.gossip_1_2 = true,
            ("--listen", address) => options.listen = address.parse()?,
            _ => return Err(format!("unknown: {word} {value}").into()),
        }
    }
    Ok(options)
}

fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    // Who closed our output does not listen any more; the end of the input follows.
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// The members of one command.
struct Told(Value);

impl Told {
    fn text(&self, name: &str) -> Result<&str, Box<dyn Error>> {
        self.0[name].as_str().ok_or_else(|| format!("no {name}").into())
    }

    fn number(&self, name: &str) -> Result<usize, Box<dyn Error>> {
        let number = self.0[name].as_u64().ok_or_else(|| format!("no {name}"))?;
        Ok(usize::try_from(number)?)
    }

    fn peer(&self) -> Result<PeerId, Box<dyn Error>> {
        Ok(self.text("peer")?.parse()?)
    }

    fn address(&self) -> Result<Multiaddr, Box<dyn Error>> {
        Ok(self.text("address")?.parse()?)
    }
}

async fn identify(node: &mut Node, told: &Told) -> Answer {
    let peer = told.peer()?;
    let info = node.until(|node| node.told.get(&peer).cloned()).await;
    let protocols: Vec<_> = info.protocols.iter().map(ToString::to_string).collect();
    let listen: Vec<_> = info.listen_addrs.iter().map(ToString::to_string).collect();
    Ok(json!({"agent": info.agent_version, "protocols": protocols, "listen": listen,
              "observed": info.observed_addr.to_string()}))
}

async fn heard_push(node: &mut Node, told: &Told) -> Answer {
    let peer = told.peer()?;
    let wanted = told.text("protocol").or_else(|_| told.text("address"))?;
    let has = |node: &mut Node| {
        let info = node.told.get(&peer)?;
        let protocol = info.protocols.iter().any(|one| one.as_ref() == wanted);
        let address = info.listen_addrs.iter().any(|one| one.to_string().starts_with(wanted));
        (protocol || address).then_some(())
    };
    node.until(has).await;
    Ok(json!({}))
}

async fn dial(node: &mut Node, told: &Told) -> Answer {
    let address = told.address()?;
    let start = Instant::now();
    let (_, peer) = node.dial(address).await?;
    Ok(json!({"peer": peer.to_string(), "us": streams::us(start)}))
}

async fn dial_many(node: &mut Node, told: &Told) -> Answer {
    let mut us = Vec::new();
    for _ in 0..told.number("count")? {
        let address = told.address()?;
        let start = Instant::now();
        let (connection, _) = node.dial(address).await?;
        us.push(streams::us(start));
        node.close(connection).await;
    }
    Ok(json!({"us": us}))
}

async fn done(node: &mut Node, told: &Told) -> Answer {
    match told.text("do")? {
        "dial" => dial(node, told).await,
        "dial_many" => dial_many(node, told).await,
        "connected" => {
            let peer = told.peer()?;
            node.until(|node| node.swarm.is_connected(&peer).then_some(Ok(json!({})))).await
        }
        "hangup" => {
            let peer = told.peer()?;
            let _ = node.swarm.disconnect_peer_id(peer); // gone already: as wanted
            node.until(|node| (!node.swarm.is_connected(&peer)).then_some(Ok(json!({})))).await
        }
        "identify" => identify(node, told).await,
        "push" => Ok(json!({"protocol": node.push()?})),
        "heard_push" => heard_push(node, told).await,
        "ping" => node.during(streams::ping(node.control(), told.peer()?, told.number("count")?)).await,
        "echo" => node.during(streams::echo(node.control(), told.peer()?, told.number("bytes")?)).await,
        "half_close" => node.during(streams::half_close(node.control(), told.peer()?)).await,
        "reset" => node.during(streams::reset(node.control(), told.peer()?, told.text("by")? == "us")).await,
        "heard_reset" => node.during(streams::heard_reset(node.resets())).await,
        "send" => node.during(streams::send(node.control(), told.peer()?, told.number("bytes")?)).await,
        "subscribe" => gossip::subscribe(node, told.text("topic")?),
        "subscribers" => gossip::subscribers(node, told.text("topic")?, told.number("count")?).await,
        "in_mesh" => gossip::in_mesh(node, told.text("topic")?, told.peer()?).await,
        "publish" => {
            let sizes =
                gossip::Sizes { count: told.number("count")?, min: told.number("min")?, max: told.number("max")? };
            gossip::publish(node, told.text("topic")?, told.number("first")?, &sizes)
        }
        "received" => gossip::received(node, told.text("topic")?, told.number("count")?).await,
        "latencies" => Ok(gossip::latencies(node, told.text("topic")?)),
        other => Err(format!("not supported: {other}").into()),
    }
}

fn answer(done: Answer) -> Value {
    match done {
        Ok(mut members) => {
            members["ok"] = Value::Bool(true);
            members
        }
        Err(error) => json!({"ok": false, "error": error.to_string()}),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut node = Node::new(options()?)?;
    let listening = node.listening().await?;
    say(&json!({"listening": listening.to_string()}));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = node.during(lines.next_line()).await? {
        let told = Told(serde_json::from_str(&line)?);
        if told.0["do"] == "quit" {
            say(&answer(Ok(json!({}))));
            break;
        }
        let result = done(&mut node, &told).await;
        say(&answer(result));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let code = match run().await {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("partner: {error}");
            1
        }
    };
    std::process::exit(code); // a read of the input may be waiting in a thread of its own
}
