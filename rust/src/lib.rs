//! Everything Sonde takes from Rust, behind the hand-written C header `sonde_shim.h`: tokenizers, tables and
//! SVG rasterising. It never prints and never unwinds into its caller: every exported function runs inside
//! `guard::guard`, which turns errors and panics into a status code and an owned message.

mod guard;
mod raster;
mod tables;
mod tokens;
