//! SVG to PNG, with text in the fonts of the machine. It follows no reference out of the document: images and other
//! files that the SVG names are not opened.

use crate::guard::{guard, Bytes, ErrorOut, Failure, Outcome, View};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{fontdb, ImageHrefResolver, Options, Tree};
use std::sync::{Arc, OnceLock};

const MAX_SIDE: f32 = 16384.0;

/// The fonts of the machine, with a family of its own behind each generic name where the machine has one.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut database = fontdb::Database::new();
            database.load_system_fonts();
            let sans = first_family(
                &database,
                &[
                    "DejaVu Sans",
                    "Liberation Sans",
                    "Noto Sans",
                    "Arial",
                    "Helvetica",
                ],
            );
            let serif = first_family(
                &database,
                &[
                    "DejaVu Serif",
                    "Liberation Serif",
                    "Noto Serif",
                    "Times New Roman",
                ],
            );
            let mono = first_family(
                &database,
                &[
                    "DejaVu Sans Mono",
                    "Liberation Mono",
                    "Noto Sans Mono",
                    "Courier New",
                ],
            );
            database.set_sans_serif_family(sans);
            database.set_serif_family(serif);
            database.set_monospace_family(mono);
            Arc::new(database)
        })
        .clone()
}

fn first_family(database: &fontdb::Database, wanted: &[&str]) -> String {
    let has = |name: &str| {
        database
            .faces()
            .any(|face| face.families.iter().any(|(family, _)| family == name))
    };
    let any = || {
        database
            .faces()
            .next()
            .and_then(|face| face.families.first())
            .map(|(family, _)| family.clone())
    };
    wanted
        .iter()
        .find(|name| has(name))
        .map(|name| name.to_string())
        .or_else(any)
        .unwrap_or_default()
}

fn png_of(svg: &[u8], scale: f32) -> Outcome<Vec<u8>> {
    let database = fonts();
    let family = database.family_name(&fontdb::Family::SansSerif).to_string();
    let options = Options {
        fontdb: database,
        font_family: family,
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_data(svg, &options)
        .map_err(|e| Failure::input(format!("not a valid SVG: {e}")))?;
    let (width, height) = (
        (tree.size().width() * scale).ceil(),
        (tree.size().height() * scale).ceil(),
    );
    if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
        return Err(Failure::limit(format!(
            "a picture of {width} x {height} pixels; each side may be 1 to {MAX_SIDE}"
        )));
    }
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| Failure::limit("the picture is too large"))?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .map_err(|e| Failure::input(format!("cannot encode the picture: {e}")))
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_svg_to_png(
    svg: View,
    scale: f32,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        if !scale.is_finite() || scale <= 0.0 {
            return Err(Failure::new(
                crate::guard::Code::Usage,
                "the scale must be a positive number",
            ));
        }
        out.write(png_of(svg.bytes(), scale)?.into());
        Ok(())
    })
}
