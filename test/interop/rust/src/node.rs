// SPDX-License-Identifier: MIT
//! One libp2p peer in one task: it moves only while something is waited for, so nothing is locked.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt as _;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, gossipsub, identify, identity, noise, ping, tcp, tls, yamux,
};
use libp2p_stream as stream;
use tokio::sync::Semaphore;

use crate::gossip::{self, Topic};
use crate::streams;

const LONG: Duration = Duration::from_secs(3600);

pub struct Options {
    pub noise: bool,
    pub tls: bool,
    pub gossip_1_2: bool,
    pub listen: Multiaddr,
}

impl Default for Options {
    fn default() -> Self {
        Self { noise: true, tls: true, gossip_1_2: true, listen: "/ip4/127.0.0.1/tcp/0".parse().expect("an address") }
    }
}

#[derive(NetworkBehaviour)]
pub struct Behaviour {
    pub gossip: gossipsub::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    stream: stream::Behaviour,
}

pub struct Node {
    pub swarm: Swarm<Behaviour>,
    pub told: HashMap<PeerId, identify::Info>,
    pub topics: HashMap<String, Topic>,
    /// How dials went that nobody has asked about yet.
    dialed: HashMap<ConnectionId, Result<PeerId, String>>,
    closed: HashSet<ConnectionId>,
    /// One permit for each stream that another opened and reset.
    resets: Arc<Semaphore>,
    pushed: Vec<stream::IncomingStreams>,
}

fn behaviour(key: &identity::Keypair, gossip_1_2: bool) -> Result<Behaviour, Box<dyn Error + Send + Sync>> {
    let identify = identify::Config::new_with_signed_peer_record("ipfs/0.1.0".into(), key);
    Ok(Behaviour {
        gossip: gossip::behaviour(key, gossip_1_2)?,
        identify: identify::Behaviour::new(identify.with_interval(LONG)),
        // It answers pings; those that are measured go out on a stream of ours.
        ping: ping::Behaviour::new(ping::Config::new().with_interval(LONG)),
        stream: stream::Behaviour::new(),
    })
}

fn swarm(options: &Options) -> Result<Swarm<Behaviour>, Box<dyn Error>> {
    let builder = SwarmBuilder::with_existing_identity(identity::Keypair::generate_ed25519()).with_tokio();
    let tcp = tcp::Config::default().nodelay(true);
    let gossip_1_2 = options.gossip_1_2;
    // Each choice makes another type of the builder.
    macro_rules! with {
        ($security:expr) => {
            builder
                .with_tcp(tcp, $security, yamux::Config::default)?
                .with_behaviour(|key| behaviour(key, gossip_1_2))?
                .with_swarm_config(|config| config.with_idle_connection_timeout(LONG))
                .build()
        };
    }
    Ok(match (options.noise, options.tls) {
        (true, true) => with!((noise::Config::new, tls::Config::new)),
        (false, _) => with!(tls::Config::new),
        (true, false) => with!(noise::Config::new),
    })
}

impl Node {
    pub fn new(options: Options) -> Result<Self, Box<dyn Error>> {
        let mut swarm = swarm(&options)?;
        swarm.listen_on(options.listen)?;
        let resets = Arc::new(Semaphore::new(0));
        streams::answer(&mut swarm.behaviour().stream.new_control(), &resets)?;
        Ok(Self {
            swarm,
            told: HashMap::new(),
            topics: HashMap::new(),
            dialed: HashMap::new(),
            closed: HashSet::new(),
            resets,
            pushed: Vec::new(),
        })
    }

    pub fn control(&self) -> stream::Control {
        self.swarm.behaviour().stream.new_control()
    }

    pub fn resets(&self) -> Arc<Semaphore> {
        self.resets.clone()
    }

    /// Wait until `done` gives something. It is asked again after everything that happens, also after
    /// what the swarm keeps for itself, such as a graft.
    pub async fn until<T>(&mut self, mut done: impl FnMut(&mut Self) -> Option<T>) -> T {
        poll_fn(|context| {
            loop {
                if let Some(result) = done(self) {
                    return Poll::Ready(result);
                }
                match self.swarm.poll_next_unpin(context) {
                    Poll::Ready(event) => self.took(event.expect("a swarm has no end")),
                    Poll::Pending => return done(self).map_or(Poll::Pending, Poll::Ready),
                }
            }
        })
        .await
    }

    /// Let everything go on until `work` is done.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            loop {
                if let Poll::Ready(result) = work.as_mut().poll(context) {
                    return Poll::Ready(result);
                }
                match self.swarm.poll_next_unpin(context) {
                    Poll::Ready(event) => self.took(event.expect("a swarm has no end")),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    fn took(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { connection_id, peer_id, endpoint, .. } if endpoint.is_dialer() => {
                self.dialed.insert(connection_id, Ok(peer_id));
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.dialed.insert(connection_id, Err(error.to_string()));
            }
            SwarmEvent::ConnectionClosed { connection_id, peer_id, num_established, cause, .. } => {
                self.closed.insert(connection_id);
                if num_established == 0 {
                    self.told.remove(&peer_id);
                }
                tracing::info!(%peer_id, ?cause, "closed");
            }
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                self.told.insert(peer_id, info);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(gossipsub::Event::Message { message, .. })) => {
                let topic = self.topics.entry(message.topic.into_string()).or_default();
                topic.took(&message.data);
            }
            other => tracing::debug!(?other, "event"),
        }
    }

    pub async fn listening(&mut self) -> Result<Multiaddr, Box<dyn Error>> {
        let address = self.until(|node| node.swarm.listeners().next().cloned()).await;
        Ok(address.with_p2p(*self.swarm.local_peer_id()).map_err(|_| "another's address")?)
    }

    pub async fn dial(&mut self, address: Multiaddr) -> Result<(ConnectionId, PeerId), Box<dyn Error>> {
        let options = DialOpts::unknown_peer_id().address(address).allocate_new_port().build();
        let connection = options.connection_id();
        self.swarm.dial(options)?;
        let peer = self.until(|node| node.dialed.remove(&connection)).await?;
        Ok((connection, peer))
    }

    pub async fn close(&mut self, connection: ConnectionId) {
        self.swarm.close_connection(connection);
        self.until(|node| node.closed.remove(&connection).then_some(())).await;
    }

    /// Speak one protocol more, and say so to all.
    pub fn push(&mut self) -> Result<String, Box<dyn Error>> {
        let protocol = format!("/test/pushed/{}", self.pushed.len() + 1);
        let incoming = self.control().accept(StreamProtocol::try_from_owned(protocol.clone())?)?;
        self.pushed.push(incoming);
        let peers: Vec<_> = self.swarm.connected_peers().copied().collect();
        self.swarm.behaviour_mut().identify.push(peers);
        Ok(protocol)
    }
}
