//! The layers' rules, held by reading what each file imports.
//!
//! `core ← wasm ← engine ← app ← main, element`; `views` import only `draw`, `script` and `i18n`; `draw` and
//! `state` know nobody; only `engine` knows wasm; a `host` knows no app. What the core may not know is in `purity`.

use std::fs;
use std::path::Path;

use crate::failure::{Context, Failure, Result};
use crate::fresh;
use crate::imports::imports;
use crate::layout::Layout;
use crate::purity;

/// The files at the top of www/src that may import across the layers.
const COMPOSERS: [&str; 12] = [
    "anywidget.js",
    "app.js",
    "element.js",
    "embed.js",
    "full.js",
    "gatescope.js",
    "library.js",
    "main.js",
    "offline.js",
    "presenter.js",
    "teach.js",
    "widget.js",
];

/// What the files of a folder may load besides files of their own folder.
struct Layer {
    folder: &'static str,
    /// Folders, or single files, under www/src.
    may_import: &'static [&'static str],
    /// Whether npm packages are allowed.
    packages: bool,
}

const LAYERS: [Layer; 9] = [
    Layer { folder: "app", may_import: &["engine", "state", "draw", "i18n"], packages: false },
    Layer { folder: "host", may_import: &["state", "i18n"], packages: false },
    Layer { folder: "engine", may_import: &["generated"], packages: true },
    Layer { folder: "lesson", may_import: &["state", "draw", "i18n"], packages: true },
    Layer { folder: "views", may_import: &["draw", "script", "i18n", "style"], packages: true },
    Layer { folder: "script", may_import: &["generated/grammar.json"], packages: false },
    Layer { folder: "draw", may_import: &[], packages: true },
    Layer { folder: "state", may_import: &["generated/catalog.json"], packages: false },
    Layer { folder: "i18n", may_import: &[], packages: false },
];

/// The folder that only `engine` may import.
const WASM: &str = "engine/wasm";

/// Checks the whole tree; answers how many files were read.
pub fn check(layout: &Layout) -> Result<u32> {
    let mut violations = Vec::new();
    let mut read = 0;
    let mut each = |folder: &Path, extension: &str, rule: &dyn Fn(&str, &str) -> Vec<String>| -> Result<()> {
        for file in fresh::files_under(folder, &["wasm"])? {
            if file.extension().is_some_and(|found| found == extension) {
                let source = fs::read_to_string(&file).or_fail(|| format!("read {}", file.display()))?;
                let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
                violations
                    .extend(rule(&name, &source).into_iter().map(|text| format!("{}: {text}", layout.shown(&file))));
                read += 1;
            }
        }
        Ok(())
    };
    each(&layout.www().join("src"), "js", &|name, source| js_violations(name, source))?;
    each(&layout.core().join("src"), "rs", &|_, source| purity::violations(source))?;
    violations.extend(purity::browser_crates(layout)?);

    if violations.is_empty() {
        return Ok(read);
    }
    Err(Failure::new(format!("the layers are crossed:\n    {}", violations.join("\n    ")))
        .remedy("hand it over from app.js, or change the rule in crate/xtask/src/layers.rs and say why"))
}

/// The rules that one file of www/src breaks; `name` is its path under www/src.
fn js_violations(name: &str, source: &str) -> Vec<String> {
    let folder = name.split_once('/').map_or("", |(folder, _)| folder);
    let layer = LAYERS.iter().find(|layer| layer.folder == folder);
    if layer.is_none() && !folder.is_empty() {
        return vec![format!("the folder `{folder}` has no rule yet")];
    }
    imports(source)
        .into_iter()
        .filter_map(|import| {
            let specifier = import.specifier.as_str();
            let allowed = match (resolve(name, specifier), layer) {
                // A URL or a data: address is not a module of ours; `connect-src` and tests see to it.
                (None, Some(layer)) => layer.packages,
                (None, None) => true,
                (Some(target), _) if is_under(&target, WASM) => folder == "engine",
                (Some(target), Some(layer)) => {
                    is_under(&target, layer.folder) || layer.may_import.iter().any(|other| is_under(&target, other))
                }
                (Some(_), None) => COMPOSERS.contains(&name),
            };
            (!allowed).then(|| {
                let who = if folder.is_empty() { name } else { folder };
                format!("line {}: `{who}` may not import `{specifier}`", import.line)
            })
        })
        .collect()
}

/// The path under www/src that a relative specifier names; `None` for an npm package. A path above
/// www/src keeps its `..`.
fn resolve(from: &str, specifier: &str) -> Option<String> {
    if !specifier.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split(['?', '#']).next().unwrap_or_default().split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a file of this name may import this.
    fn may(name: &str, specifier: &str) -> bool {
        js_violations(name, &format!("import x from '{specifier}';")).is_empty()
    }

    #[test]
    fn only_engine_imports_wasm() {
        assert!(may("engine/worker.js", "./wasm/gatescope.js"));
        assert!(!may("app.js", "./engine/wasm/gatescope.js"));
        assert!(!may("views/flow.js", "../engine/wasm/gatescope.js"));
    }

    #[test]
    fn views_import_views_draw_i18n_and_packages_only() {
        assert!(may("views/flow.js", "./strip.js"));
        assert!(may("views/flow.js", "../draw/scale.js"));
        assert!(may("views/flow.js", "../i18n/index.js"));
        assert!(may("views/flow.js", "lit"));
        assert!(!may("views/flow.js", "../state/store.js"));
        assert!(!may("views/flow.js", "../engine/client.js"));
        assert!(!may("views/parts/deep.js", "../../app.js"));
    }

    #[test]
    fn state_imports_itself_and_the_catalog_only() {
        assert!(may("state/reducer.js", "./link.js"));
        assert!(may("state/reducer.js", "../generated/catalog.json"));
        assert!(!may("state/reducer.js", "../generated/types.js"));
        assert!(!may("state/reducer.js", "../draw/scale.js"));
        assert!(!may("state/reducer.js", "lit"));
    }

    #[test]
    fn draw_and_i18n_know_nobody() {
        assert!(may("draw/line.js", "d3-scale"));
        assert!(!may("draw/line.js", "../i18n/index.js"));
        assert!(may("i18n/index.js", "./en.json"));
        assert!(!may("i18n/index.js", "../state/link.js"));
        assert!(!may("i18n/index.js", "lit"));
    }

    #[test]
    fn parts_of_the_app_draw_nothing_and_hosts_know_no_app() {
        assert!(may("app/lanes.js", "../engine/frame.js"));
        assert!(!may("app/lanes.js", "../views/shell.js"));
        assert!(!may("app/lanes.js", "../app.js"));
        assert!(may("host/page.js", "../state/link.js"));
        assert!(!may("host/page.js", "../engine/client.js"));
    }

    #[test]
    fn lessons_know_numbers_and_state_but_neither_views_nor_workers() {
        assert!(may("lesson/read.js", "../draw/quantities.js") && may("lesson/scenes.js", "../state/experiment.js"));
        assert!(may("lesson/read.js", "jsonc-parser"));
        assert!(!may("lesson/run.js", "../views/shell.js") && !may("lesson/run.js", "../engine/client.js"));
        assert!(!may("views/caption.js", "../lesson/scenes.js"));
    }

    #[test]
    fn engine_knows_no_page() {
        assert!(may("engine/client.js", "./protocol.js"));
        assert!(!may("engine/client.js", "../views/index.js"));
        assert!(!may("engine/client.js", "../app.js"));
    }

    #[test]
    fn only_the_composers_import_across() {
        for name in COMPOSERS {
            assert!(may(name, "./engine/client.js") && may(name, "./views/index.js"));
        }
        assert!(!may("helper.js", "./engine/client.js"));
        assert!(may("helper.js", "lit"));
    }

    #[test]
    fn a_folder_without_a_rule_is_a_violation() {
        assert!(!may("utils/x.js", "./y.js"));
        assert!(!js_violations("utils/x.js", "").is_empty());
    }

    #[test]
    fn a_violation_names_line_layer_and_module() {
        let found = js_violations("views/flow.js", "\n\nawait import('../engine/client.js')");
        assert_eq!(found, ["line 3: `views` may not import `../engine/client.js`"]);
    }

    #[test]
    fn paths_are_resolved_before_they_are_judged() {
        assert_eq!(resolve("views/a.js", "../views/./b.js?url").as_deref(), Some("views/b.js"));
        assert_eq!(resolve("a.js", "../../x.js").as_deref(), Some("../../x.js"));
        assert_eq!(resolve("a.js", "lit"), None);
        assert!(!may("views/flow.js", "./../engine/../state/store.js"));
        assert!(!may("views/flow.js", "../draw/../../../elsewhere.js"));
        assert!(!may("views/flow.js", "../drawing/x.js"));
    }
}
