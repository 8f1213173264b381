//! The practice CRM's server: HTTP in, contacts in one SQLite file, HTTP out; faults by seed.

mod answer;
mod connection;
mod faults;
mod options;
mod store;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::Response,
};
use tokio::net::TcpListener;

use self::{
    answer::{Answered, answer},
    connection::{Cuttable, Knife},
    faults::{Bucket, MISHAPS},
    store::Store,
};

use super::WHO;
use crate::systems::{
    simulation::{SimulateError, SimulateOptions},
    vendor_server::{Fate, Mishap},
};

pub use options::ServeOptions;
pub use store::{DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL};

/// The longest request that is read.
const MOST_BYTES: usize = 4 << 20;
const HTML: &str =
    "<!doctype html><html><title>Please wait</title><h1>We are checking your browser</h1></html>";

struct Server {
    store: Mutex<Store>,
    bucket: Mutex<Bucket>,
    fate: Mutex<Fate>,
    token: String,
    slow: Duration,
}

/// Serves until the future is dropped. `on_ready` gets the address once requests are taken.
pub async fn serve(options: ServeOptions, on_ready: impl FnOnce(SocketAddr)) -> Result<(), SimulateError> {
    let store = Store::open(&options).map_err(|why| SimulateError::Database {
        title: WHO,
        path: options.database.display().to_string(),
        why,
    })?;
    let listening = |why| SimulateError::Listen {
        listen: options.listen,
        why,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let server = Server {
        store: Mutex::new(store),
        bucket: Mutex::new(Bucket::new(options.requests_per_minute, now_ms())),
        fate: Mutex::new(Fate::new(options.faults, options.seed, MISHAPS)),
        token: options.token,
        slow: Duration::from_millis(options.slow_ms),
    };
    let app = Router::new()
        .fallback(handle)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(Arc::new(server))
        .into_make_service_with_connect_info::<Knife>();
    on_ready(address);
    axum::serve(Cuttable(listener), app)
        .await
        .map_err(SimulateError::Stopped)
}

/// Serves until Ctrl-C, as `rehome simulate` does it.
pub(super) fn simulate(
    options: SimulateOptions,
    on_ready: &mut dyn FnMut(SocketAddr),
) -> Result<(), SimulateError> {
    let Some(database) = options.database else {
        return Err(SimulateError::NoDatabase { title: WHO });
    };
    let own = ServeOptions::new(&database, &options.token);
    let own = ServeOptions {
        listen: options.listen,
        requests_per_minute: options.requests_per_minute.unwrap_or(own.requests_per_minute),
        visibility_ms: options.visibility_ms,
        creates_opted_out: options.creates_opted_out,
        faults: options.faults,
        seed: options.seed,
        ..own
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(SimulateError::Stopped)?;
    runtime.block_on(async {
        tokio::select! {
            ended = serve(own, on_ready) => ended,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(knife): ConnectInfo<Knife>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !authorised(&headers, &server.token) {
        return respond(&Answered::error(401, "the token is missing or wrong"), None, None);
    }
    let now = now_ms();
    let remaining = match lock(&server.bucket).take(now) {
        Ok(remaining) => remaining,
        Err(wait) => return respond(&Answered::error(429, "too many requests"), Some(0), Some(wait)),
    };
    let mishap = lock(&server.fate).next();
    match mishap {
        Some(Mishap::CutBefore) => {
            knife.cut();
            return respond(&Answered::error(500, "cut"), None, None);
        }
        Some(Mishap::Unavailable) => {
            return respond(
                &Answered::error(503, "down for maintenance"),
                Some(remaining),
                Some(1),
            );
        }
        Some(Mishap::Throttled) => {
            return respond(
                &Answered::error(429, "too many requests"),
                Some(remaining),
                Some(1),
            );
        }
        Some(Mishap::Slow) => tokio::time::sleep(server.slow).await,
        _ => {}
    }
    let answered = answer(&mut lock(&server.store), now_ms(), &method, &uri, &body);
    match mishap {
        Some(Mishap::CutAfter) => {
            knife.cut();
            respond(&answered, Some(remaining), None)
        }
        Some(Mishap::ErrorAfter) => respond(
            &Answered::error(500, "something went wrong"),
            Some(remaining),
            None,
        ),
        Some(Mishap::ProxyAfter) => reply(200, "text/html", HTML.to_owned(), Some(remaining), None),
        _ => respond(&answered, Some(remaining), None),
    }
}

fn authorised(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| given == token)
}

fn respond(answered: &Answered, remaining: Option<u32>, retry_after: Option<u64>) -> Response {
    let body = answered.body.to_string();
    reply(answered.status, "application/json", body, remaining, retry_after)
}

fn reply(
    status: u16,
    kind: &'static str,
    body: String,
    remaining: Option<u32>,
    retry_after: Option<u64>,
) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    if let Some(remaining) = remaining {
        headers.insert("x-ratelimit-remaining", remaining.into());
    }
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What a panicking request leaves behind is a rolled-back transaction: as good as any.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
