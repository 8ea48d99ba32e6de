//! Explores the models and prints what was found: `model [NAME]…`.

use std::process::ExitCode;

use session_limit_core::login::Phase::{Key, Password};
use session_limit_testkit::model::Explored;
use session_limit_testkit::model::table::{Bounds, TableModel};

fn main() -> ExitCode {
    use session_limit_core::login::Phase;
    let two: &'static [&'static [Phase]] = &[&[Password; 2], &[Password, Key]];
    let three: &'static [&'static [Phase]] = &[&[Password; 3], &[Password, Password, Key]];
    let arg: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    {
        let b = Bounds {
            users: if arg[0] == 2 { two } else { three },
            limits: &[1, 2],

            session_ticks: arg[2],
            activity: arg[2] < 100,
        };
        eprintln!("{b:?}");
        let e = Explored::all_of(TableModel::new(b));
        eprintln!("{} {} {} {:?}", e.states, e.steps, e.depth, e.time);
        for f in e.failures {
            eprintln!("{f}");
        }
    }
    ExitCode::SUCCESS
}
