// SPDX-License-Identifier: MIT
//! The protocols on streams: those that are answered, and those that are opened.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{PeerId, Stream, StreamProtocol};
use libp2p_stream::Control;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::Answer;

const PING: StreamProtocol = StreamProtocol::new("/ipfs/ping/1.0.0");
const ECHO: StreamProtocol = StreamProtocol::new("/test/echo/1");
const HALF_CLOSE: StreamProtocol = StreamProtocol::new("/test/half-close/1");
const RESET: StreamProtocol = StreamProtocol::new("/test/reset/1");
const SEND: StreamProtocol = StreamProtocol::new("/test/send/1");

const CHUNK_BYTES: usize = 64 << 10;
const HALF_CLOSE_BYTES: usize = 1 << 20;

pub fn us(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6
}

/// Byte `index` of what is echoed, sent and published.
pub fn byte(index: usize) -> u8 {
    (index ^ index >> 8 ^ index >> 16) as u8
}

fn chunk(from: usize, end: usize) -> Vec<u8> {
    (from..end.min(from + CHUNK_BYTES)).map(byte).collect()
}

async fn write_all(stream: &mut (impl futures::AsyncWrite + Unpin), bytes: usize) -> io::Result<()> {
    let mut sent = 0;
    while sent < bytes {
        let part = chunk(sent, bytes);
        stream.write_all(&part).await?;
        sent += part.len();
    }
    stream.close().await
}

/// Reads to the end; how many bytes came. They must be the right ones.
async fn read_all(stream: &mut (impl futures::AsyncRead + Unpin)) -> Result<usize, Box<dyn Error>> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut count = 0;
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(count);
        }
        if (count..).zip(&buffer[..length]).any(|(index, &one)| one != byte(index)) {
            return Err(format!("a wrong byte among {length} from {count}").into());
        }
        count += length;
    }
}

/// A reset looks like an end to the reader here; but after an end, we could still write.
async fn was_reset(stream: &mut Stream) -> bool {
    let mut one = [0];
    match stream.read(&mut one).await {
        Ok(0) => stream.write(b"?").await.is_err(),
        Ok(_) => false,
        Err(_) => true,
    }
}

// ---- answered ----

async fn answer_echo(mut stream: Stream) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return stream.close().await;
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

async fn answer_half_close(mut stream: Stream) -> io::Result<()> {
    stream.read_to_end(&mut Vec::new()).await?;
    write_all(&mut stream, HALF_CLOSE_BYTES).await
}

async fn answer_send(mut stream: Stream) -> io::Result<()> {
    let count = read_all(&mut stream).await.map_err(|error| io::Error::other(error.to_string()))?;
    stream.write_all(&(count as u64).to_be_bytes()).await?;
    stream.close().await
}

async fn answer_reset(mut stream: Stream, resets: Arc<Semaphore>) -> io::Result<()> {
    let mut asked = [0];
    stream.read_exact(&mut asked).await?;
    if asked == *b"t" {
        drop(stream); // an open stream that is dropped is reset
        return Ok(());
    }
    stream.write_all(b"u").await?;
    if was_reset(&mut stream).await {
        resets.add_permits(1);
    }
    Ok(())
}

fn accept<F>(control: &mut Control, protocol: StreamProtocol, answer: fn(Stream) -> F) -> Result<(), Box<dyn Error>>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let mut incoming = control.accept(protocol)?;
    tokio::spawn(async move {
        while let Some((_, stream)) = incoming.next().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(())
}

/// Answer what others open to us; `resets` gets a permit for each reset heard.
pub fn answer(control: &mut Control, resets: &Arc<Semaphore>) -> Result<(), Box<dyn Error>> {
    accept(control, ECHO, answer_echo)?;
    accept(control, HALF_CLOSE, answer_half_close)?;
    accept(control, SEND, answer_send)?;
    let mut incoming = control.accept(RESET)?;
    let resets = resets.clone();
    tokio::spawn(async move {
        while let Some((_, stream)) = incoming.next().await {
            tokio::spawn(answer_reset(stream, resets.clone()));
        }
    });
    Ok(())
}

// ---- opened ----

pub async fn ping(mut control: Control, peer: PeerId, count: usize) -> Answer {
    let mut stream = control.open_stream(peer, PING).await?;
    let mut us_each = Vec::with_capacity(count);
    for number in 0..count {
        let sent: [u8; 32] = std::array::from_fn(|index| byte(index + number));
        let mut back = [0; 32];
        let start = Instant::now();
        stream.write_all(&sent).await?;
        stream.flush().await?;
        stream.read_exact(&mut back).await?;
        us_each.push(us(start));
        if back != sent {
            return Err("another pong than the ping".into());
        }
    }
    stream.close().await?;
    Ok(json!({"us": us_each}))
}

pub async fn echo(mut control: Control, peer: PeerId, bytes: usize) -> Answer {
    let start = Instant::now();
    let (mut reader, mut writer) = control.open_stream(peer, ECHO).await?.split();
    let (sent, came) = futures::join!(write_all(&mut writer, bytes), read_all(&mut reader));
    sent?;
    let came = came?;
    if came != bytes {
        return Err(format!("{came} bytes came back of {bytes}").into());
    }
    Ok(json!({"us": us(start), "bytes": came}))
}

pub async fn half_close(mut control: Control, peer: PeerId) -> Answer {
    let mut stream = control.open_stream(peer, HALF_CLOSE).await?;
    stream.write_all(b"half").await?;
    stream.close().await?;
    Ok(json!({"bytes": read_all(&mut stream).await?}))
}

pub async fn reset(mut control: Control, peer: PeerId, is_by_us: bool) -> Answer {
    let mut stream = control.open_stream(peer, RESET).await?;
    if is_by_us {
        let mut answer = [0];
        stream.write_all(b"u").await?;
        stream.read_exact(&mut answer).await?;
        drop(stream); // an open stream that is dropped is reset
        return Ok(json!({}));
    }
    stream.write_all(b"t").await?;
    stream.flush().await?;
    if was_reset(&mut stream).await { Ok(json!({})) } else { Err("an end and no reset".into()) }
}

pub async fn heard_reset(resets: Arc<Semaphore>) -> Answer {
    resets.acquire().await?.forget();
    Ok(json!({}))
}

pub async fn send(mut control: Control, peer: PeerId, bytes: usize) -> Answer {
    let start = Instant::now();
    let mut stream = control.open_stream(peer, SEND).await?;
    write_all(&mut stream, bytes).await?;
    let mut count = [0; 8];
    stream.read_exact(&mut count).await?;
    let count = u64::from_be_bytes(count);
    if count != bytes as u64 {
        return Err(format!("{count} bytes came there of {bytes}").into());
    }
    Ok(json!({"us": us(start), "bytes": bytes}))
}
