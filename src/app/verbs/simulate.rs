//! How the practice CRM should behave in; the running practice CRM, until it is stopped, out.

use std::net::SocketAddr;

use crate::{
    app::AppError,
    systems::simulated::server::{ServeError, ServeOptions, serve},
};

/// Serves the practice CRM until Ctrl-C. `on_ready` gets its address once it takes requests.
pub fn serve_practice(options: ServeOptions, on_ready: impl FnOnce(SocketAddr)) -> Result<(), AppError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Stopped)?;
    runtime.block_on(async {
        tokio::select! {
            ended = serve(options, on_ready) => ended.map_err(AppError::from),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}
