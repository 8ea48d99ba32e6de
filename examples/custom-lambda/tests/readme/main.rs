//! README.md says what is true of a project of its own.

mod dependencies;
mod own_project;

/// The example of this language that holds `text`.
fn example(language: &str, text: &str) -> &'static str {
    let parts = include_str!("../../README.md").split("```");
    parts.filter_map(|part| part.strip_prefix(language)).find(|part| part.contains(text)).unwrap()
}
