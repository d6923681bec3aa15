//! The wasm entry: a window mounts the page, a worker plays its role.

#[cfg(target_arch = "wasm32")]
fn main() -> Result<(), wasm_bindgen::JsValue> {
    if web_sys::window().is_some() {
        azflow::ui::mount();
        Ok(())
    } else {
        azflow::browser::run_worker()
    }
}

/// Natively there is no page: the binary exists so that the package builds everywhere.
#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::print_stdout, reason = "its whole job is to say one line")]
fn main() {
    println!("azflow is a web page: `cargo xtask serve` builds and opens it.");
}
