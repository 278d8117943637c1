//! Cancel requests on a separate connection, with libpq's protocol: send the request, then wait until the server closes
//! the connection. By then the request has been processed and cannot hit a later statement. It also avoids the error
//! "bad client state" of pgbouncer 1.18, which occurs when the client closes first (as the driver's own implementation
//! does).

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use postgres::NoTls;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::CancelToken;
use tokio_postgres::tls::MakeTlsConnect;

use super::connect::{Encryption, EstablishedConnection};

/// Timeout for a cancel request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Resolved address of a connection: a cancel request must reach the same server, and a name may resolve to another
/// one.
#[derive(Debug, Clone)]
pub(super) enum ServerAddress {
    Tcp { address: SocketAddr, host: String },
    Unix(PathBuf),
}

/// Sends cancel requests.
pub(super) struct Canceller {
    token: CancelToken,
    encryption: Encryption,
    address: ServerAddress,
}

impl Canceller {
    pub(super) fn new(connected: &EstablishedConnection) -> Self {
        Self {
            token: connected.client.cancel_token(),
            encryption: connected.encryption.clone(),
            address: connected.address.clone(),
        }
    }

    /// Requests the server to cancel the current statement of this connection. Best effort: the caller repeats requests
    /// that get lost. Returns whether the server accepted it.
    pub(super) async fn cancel(&self) -> bool {
        tokio::time::timeout(PATIENCE, self.request()).await.is_ok_and(|request| request.is_ok())
    }

    async fn request(&self) -> io::Result<()> {
        match &self.address {
            ServerAddress::Tcp { address, host } => self.send(TcpStream::connect(address).await?, host).await,
            #[cfg(unix)]
            ServerAddress::Unix(path) => self.send(tokio::net::UnixStream::connect(path).await?, "").await,
            #[cfg(not(unix))]
            ServerAddress::Unix(path) => Err(io::Error::new(io::ErrorKind::Unsupported, path.display().to_string())),
        }
    }

    async fn send<S>(&self, stream: S, host: &str) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let back = Arc::new(Mutex::new(None));
        let lent = ReturnedStream { stream: Some(stream), back: Arc::clone(&back) };
        let sent = match &self.encryption {
            Encryption::Plain => self.token.cancel_query_raw(lent, NoTls).await,
            Encryption::Tls(tls) => {
                let connect = MakeTlsConnect::<ReturnedStream<S>>::make_tls_connect(&mut tls.clone(), host);
                self.token.cancel_query_raw(lent, connect.map_err(io::Error::other)?).await
            }
        };
        // `cancel_query_raw` has dropped the stream, so it is in `back` now. End of file means that the server has
        // processed the request.
        sent.map_err(io::Error::other)?;
        let stream = back.lock().ok().and_then(|mut stream| stream.take());
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut Vec::new()).await?;
        }
        Ok(())
    }
}

/// Stream that returns to its owner on drop, so that the driver does not close it.
struct ReturnedStream<S> {
    stream: Option<S>,
    back: Arc<Mutex<Option<S>>>,
}

impl<S> Drop for ReturnedStream<S> {
    fn drop(&mut self) {
        if let Ok(mut back) = self.back.lock() {
            *back = self.stream.take();
        }
    }
}

impl<S: Unpin> ReturnedStream<S> {
    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut S>> {
        self.get_mut().stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReturnedStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReturnedStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }
}
