//! Whether a test provokes every variant of an error. The adapters' tests use it as well.

/// Fails unless every variant is among the errors that a test has provoked. It does not compile
/// unless all variants are named, so a new one needs something that provokes it.
macro_rules! assert_provoked {
    ($error:ident { $($variant:ident),* $(,)? }, $provoked:expr) => {{
        let name = |error: &$error| match error {
            $($error::$variant { .. } => stringify!($variant),)*
        };
        let provoked: Vec<_> = $provoked.iter().map(name).collect();
        for variant in [$(stringify!($variant)),*] {
            assert!(provoked.contains(&variant), "nothing provokes {variant}, only {provoked:?}");
        }
    }};
}
