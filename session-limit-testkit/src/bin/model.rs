//! Explores the models and prints what was found: `model [NAME]…`.
use session_limit_testkit::model::Explored;
use session_limit_testkit::model::protocol::{Bounds, ProtocolModel};

fn main() {
    let arg: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let b = Bounds {
        connections: arg[0] as usize,
        limits: if arg[0] == 1 { &[1] } else { &[1, 2] },
        handlers: arg[1] as usize,
        duplicates: arg[2] as u8,
        faults: arg[3] as u8,
        leaps: arg[4] as u8,
        churn: arg[5] > 0,
        activity: arg[6] > 0,
    };
    eprintln!("{b:?}");
    let e = Explored::all_of(ProtocolModel::new(b));
    eprintln!("{} {} {} {:?}", e.states, e.steps, e.depth, e.time);
    for f in e.failures {
        eprintln!("{f}");
    }
}
