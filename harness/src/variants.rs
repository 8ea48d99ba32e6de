//! The check that a test provokes every variant of an error.

/// Fails unless every variant is among the errors that a test has provoked. All variants have to be
/// named, or it does not compile. So a new variant needs something that provokes it.
///
/// The error is named by one word. If it is `#[non_exhaustive]`, only a test inside its own crate
/// compiles.
#[macro_export]
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

#[cfg(test)]
mod tests {
    enum Failure {
        Early,
        Late { by: u32 },
    }

    #[test]
    fn all_variants_are_enough() {
        let provoked = [Failure::Late { by: 1 }, Failure::Early];
        assert!(matches!(provoked[0], Failure::Late { by: 1 }));
        assert_provoked!(Failure { Early, Late }, provoked);
    }

    #[test]
    #[should_panic(expected = "nothing provokes Early")]
    fn a_variant_that_is_missing_is_told() {
        assert_provoked!(Failure { Early, Late }, [Failure::Late { by: 1 }]);
    }
}
