//! A vendor and how it is served in; a server that listens until it is dropped, out.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    Vendor,
    faults::{Fate, Mishap},
    limits::Windows,
    socket::{Asked, Reply, serve},
};
use crate::systems::simulation::SimulateError;

/// Where the log can be read, by anyone.
pub const LOG_PATH: &str = "/rehome/log";

/// What a proxy says.
const HTML: &str =
    "<!doctype html><html><title>Please wait</title><h1>We are checking your browser</h1></html>";

/// How a vendor is served.
#[derive(Debug, Clone)]
pub struct VendorOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The share of requests that meet a fault, from 0 to 1.
    pub faults: f64,
    /// Seeds the faults.
    pub seed: u64,
    /// How long a slow answer takes, in milliseconds.
    pub slow_ms: u64,
    /// Whether requests and replies are kept, so that a test can check them against the vendor's contract.
    pub records: bool,
}

/// A request and the reply of the vendor itself to it.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// What was asked.
    pub asked: Asked,
    /// The status of the reply.
    pub status: u16,
    /// The body of the reply.
    pub body: String,
}

impl Default for VendorOptions {
    /// A well-behaved server on a free port of this machine.
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            faults: 0.0,
            seed: 0,
            slow_ms: 15,
            records: false,
        }
    }
}

/// A vendor that is served. It ends when this is dropped.
#[derive(Debug)]
pub struct VendorServer<V: Vendor> {
    address: SocketAddr,
    served: Arc<Served<V>>,
}

#[derive(Debug)]
struct Served<V> {
    vendor: Mutex<V>,
    windows: Mutex<Windows>,
    fate: Mutex<Fate>,
    slow_ms: u64,
    records: bool,
    exchanged: Mutex<Vec<Exchanged>>,
    stopped: AtomicBool,
}

impl<V: Vendor> VendorServer<V> {
    /// Starts to listen.
    pub fn start(vendor: V, options: &VendorOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen)?;
        let address = listener.local_addr()?;
        let served = Arc::new(Served {
            windows: Mutex::new(Windows::new(vendor.windows())),
            vendor: Mutex::new(vendor),
            fate: Mutex::new(Fate::new(options.faults, options.seed, Mishap::ALL)),
            slow_ms: options.slow_ms,
            records: options.records,
            exchanged: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let listening = Arc::clone(&served);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if listening.stopped.load(Ordering::Acquire) {
                    return;
                }
                let served = Arc::clone(&listening);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || {
                        // A connection that breaks is the other side's affair.
                        let _ = serve(&stream, |asked| served.handle(asked));
                    });
                }
            }
        });
        Ok(Self { address, served })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address, as a plan writes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked and answered, where that is recorded.
    pub fn exchanged(&self) -> Vec<Exchanged> {
        lock(&self.served.exchanged).clone()
    }

    /// The vendor, to look at it or to change something by hand; nothing is answered meanwhile.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        lock(&self.served.vendor)
    }
}

impl<V: Vendor> Drop for VendorServer<V> {
    fn drop(&mut self) {
        self.served.stopped.store(true, Ordering::Release);
        // Whoever waits for a connection gets one, and sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

impl<V: Vendor> Served<V> {
    fn handle(&self, asked: &Asked) -> Reply {
        if asked.method == "GET" && asked.path == LOG_PATH {
            return Reply::json(200, &lock(&self.vendor).log().json());
        }
        let mut vendor = lock(&self.vendor);
        if let Some(refused) = vendor.refuse(asked) {
            return refused;
        }
        let taken = lock(&self.windows).take(now_ms(), vendor.class(asked));
        let left = match taken {
            Ok(left) => left,
            Err(exceeded) => {
                vendor.log().too_fast += 1;
                return vendor.throttled(Some(&exceeded));
            }
        };
        let mishap = lock(&self.fate).next();
        let early = match mishap {
            Some(Mishap::CutBefore) => Some(Reply::cut()),
            Some(Mishap::ErrorBefore) => Some(vendor.failed(500)),
            Some(Mishap::ProxyBefore) => Some(Reply::html(502, HTML)),
            Some(Mishap::Unavailable) => Some(vendor.failed(503)),
            Some(Mishap::Throttled) => Some(vendor.throttled(None)),
            Some(Mishap::Busy) => vendor.busy(asked),
            _ => None,
        };
        if let Some(reply) = early {
            return reply;
        }
        if mishap == Some(Mishap::Slow) {
            drop(vendor);
            std::thread::sleep(Duration::from_millis(self.slow_ms));
            vendor = lock(&self.vendor);
        }
        let reply = vendor.answer(asked, now_ms());
        if self.records {
            lock(&self.exchanged).push(Exchanged {
                asked: asked.clone(),
                status: reply.status(),
                body: reply.body().to_owned(),
            });
        }
        let reply = vendor.told(reply, &left);
        match mishap {
            Some(Mishap::CutAfter) => Reply::cut(),
            Some(Mishap::ErrorAfter) => vendor.failed(500),
            Some(Mishap::ProxyAfter) => Reply::html(200, HTML),
            Some(Mishap::Torn) => reply.torn(),
            Some(Mishap::CutText) => reply.cut_text(),
            _ => reply,
        }
    }
}

/// Serves a vendor until Ctrl-C. `on_ready` gets its address once it takes requests.
pub fn serve_until_stopped<V: Vendor>(
    vendor: V,
    options: &VendorOptions,
    on_ready: &mut dyn FnMut(SocketAddr),
) -> Result<(), SimulateError> {
    let listen = options.listen;
    let server = VendorServer::start(vendor, options).map_err(|why| SimulateError::Listen { listen, why })?;
    on_ready(server.address());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(SimulateError::Stopped)?;
    let stopped = runtime.block_on(tokio::signal::ctrl_c());
    stopped.map_err(SimulateError::Stopped)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What a request that panicked leaves is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
