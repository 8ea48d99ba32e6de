//! Prints the name of every metric, one a line.

use session_limit_lambda::metrics::NAMES;

fn main() {
    for name in NAMES {
        println!("{name}");
    }
}
