//! The patchwork CRM's server: HTTP in, contacts in memory, HTTP out; it checks every request and notes every effect;
//! faults by seed.

mod answer;
mod faults;
mod limits;
mod options;
mod socket;
mod store;

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use self::{
    answer::answer,
    faults::{Chaos, Mishap},
    limits::Windows,
    socket::{Asked, Reply},
    store::Store,
};

pub use options::{Limits, ServerOptions};
pub use store::{ContactRow, Log};

/// What a proxy says.
const HTML: &str =
    "<!doctype html><html><title>Please wait</title><h1>We are checking your browser</h1></html>";

/// A server on a free port of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct PatchworkServer {
    address: SocketAddr,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    options: ServerOptions,
    store: Mutex<Store>,
    windows: Mutex<Windows>,
    chaos: Mutex<Chaos>,
    stopped: AtomicBool,
}

impl PatchworkServer {
    /// Starts to listen.
    pub fn start(options: ServerOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let server = Arc::new(Server {
            store: Mutex::new(Store::new(&options)),
            windows: Mutex::new(Windows::new(options.limits)),
            chaos: Mutex::new(Chaos::new(options.faults, options.seed)),
            stopped: AtomicBool::new(false),
            options,
        });
        let listening = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if listening.stopped.load(Ordering::Acquire) {
                    return;
                }
                let server = Arc::clone(&listening);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || {
                        // A connection that breaks is the other side's affair.
                        let _ = socket::serve(&stream, |asked| server.handle(asked));
                    });
                }
            }
        });
        Ok(Self { address, server })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets every job come to its end, and gives what was noted.
    pub fn log(&self) -> Log {
        let mut store = lock(&self.server.store);
        store.settle(u64::MAX);
        store.log()
    }

    /// All contacts as they are, in the order of their IDs.
    pub fn contacts(&self) -> Vec<ContactRow> {
        let mut store = lock(&self.server.store);
        store.settle(u64::MAX);
        store.rows()
    }

    /// The tags: ID, name and category.
    pub fn tags(&self) -> Vec<(u64, String, Option<String>)> {
        lock(&self.server.store).tag_rows()
    }

    /// A person creates a tag by hand; gives its ID.
    pub fn put_tag(&self, name: &str, category: Option<&str>) -> u64 {
        lock(&self.server.store).create_tag(name, category)
    }

    /// A person creates a contact by hand, visible at once; gives its ID.
    pub fn put_contact(&self, email: Option<&str>, fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        lock(&self.server.store).put(email, fields, tags)
    }

    /// A person takes a tag from a contact by hand, seen at once.
    pub fn take_tag(&self, email: &str, tag: u64) {
        lock(&self.server.store).take_tag(email, tag);
    }

    /// A person deletes a contact by hand.
    pub fn delete_contact(&self, id: u64) {
        lock(&self.server.store).delete(id);
    }
}

impl Drop for PatchworkServer {
    fn drop(&mut self) {
        self.server.stopped.store(true, Ordering::Release);
        // Whoever waits for a connection gets one, and sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

impl Server {
    fn handle(&self, asked: &Asked) -> Reply {
        if asked.header("x-patchwork-app") != Some(self.options.app_id.as_str())
            || asked.header("x-patchwork-key") != Some(self.options.token.as_str())
        {
            return Reply::error(401, "UNKNOWN_KEY", "the app or its key is missing or wrong");
        }
        if asked.header("user-agent").is_none_or(str::is_empty) {
            return Reply::error(403, "NO_AGENT", "say who asks");
        }
        let now = now_ms();
        let bulk = answer::tags_contacts(asked);
        let left = match lock(&self.windows).take(now, bulk) {
            Ok(left) => left,
            Err(refused) => {
                lock(&self.store).too_fast();
                return refused;
            }
        };
        let mishap = lock(&self.chaos).next();
        let early = match mishap {
            Some(Mishap::CutBefore) => Some(Reply::cut()),
            Some(Mishap::ErrorBefore) => Some(Reply::error(500, "INTERNAL", "something went wrong")),
            Some(Mishap::ProxyBefore) => Some(Reply::html(502, HTML)),
            Some(Mishap::Unavailable) => Some(Reply::error(503, "DOWN", "down for maintenance")),
            Some(Mishap::Throttled) => Some(limits::too_fast("RATE", None, 20)),
            Some(Mishap::Busy) if answer::changes_one_contact(asked) => {
                Some(limits::too_fast("BUSY", None, 20))
            }
            _ => None,
        };
        if let Some(reply) = early {
            return reply;
        }
        if mishap == Some(Mishap::Slow) {
            std::thread::sleep(Duration::from_millis(self.options.slow_ms));
        }
        let reply = {
            let mut store = lock(&self.store);
            let now = now_ms();
            store.settle(now);
            answer(&mut store, &self.options, now, asked)
        };
        let reply = limits::told(reply, &left);
        match mishap {
            Some(Mishap::CutAfter) => Reply::cut(),
            Some(Mishap::ErrorAfter) => Reply::error(500, "INTERNAL", "something went wrong"),
            Some(Mishap::ProxyAfter) => Reply::html(200, HTML),
            Some(Mishap::Torn) => reply.torn(),
            Some(Mishap::CutText) => reply.cut_text(),
            _ => reply,
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What a request that panicked leaves is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
