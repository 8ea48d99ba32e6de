//! `hash-password`: the value of `Password` in a user secret.

use std::io::{IsTerminal, Read, Write, stdin, stdout};

use anyhow::{Context, Error, Result, anyhow, bail};
use argon2::{Argon2, PasswordHasher};
use session_limit_core::login::Credential;
use zeroize::Zeroizing;

use crate::input;

/// The longest password in characters of four bytes, and a line break.
const MOST_BYTES: usize = 4 * Credential::MAX_PASSWORD_CHARS + 2;

/// Reads a password and prints its hash. It is argon2id with the least that OWASP recommends (19
/// MiB, 2 passes). This is the library's default, and quick enough for a small function.
pub(crate) fn run() -> Result<()> {
    let password = if stdin().is_terminal() { asked()? } else { piped(input::unbuffered()?)? };
    check(&password)?;
    let hash = Argon2::default().hash_password(password.as_bytes());
    writeln!(stdout(), "{}", hash.context("cannot hash the password")?)?;
    Ok(())
}

fn asked() -> Result<Zeroizing<String>> {
    let ask = |prompt| rpassword::prompt_password(prompt).map(Zeroizing::new);
    let password = ask("Password: ").context("cannot read the password")?;
    check(&password)?;
    if ask("Again: ").context("cannot read the password")? != password {
        bail!("the passwords are not the same");
    }
    Ok(password)
}

/// Reads one line, with or without its end.
fn piped(input: impl Read) -> Result<Zeroizing<String>> {
    let most = MOST_BYTES + 1; // one more tells that there is more
    // It never grows, so no copy is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    input
        .take(most as u64)
        .read_to_end(&mut bytes)
        .context("cannot read the password from standard input")?;
    if bytes.len() == most {
        return Err(too_long());
    }
    let text = str::from_utf8(&bytes).context("the password is not UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// Checks that a login could bring this password.
fn check(password: &str) -> Result<()> {
    if password.trim().is_empty() {
        bail!("the password is blank; a login with a blank password counts as one without");
    }
    if password.contains(char::is_control) {
        bail!("the password is more than one line, or has other control characters in it");
    }
    if password.chars().count() > Credential::MAX_PASSWORD_CHARS {
        return Err(too_long());
    }
    Ok(())
}

fn too_long() -> Error {
    let most = Credential::MAX_PASSWORD_CHARS;
    anyhow!("the password has more than the {most} characters that the service sends")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_line_is_not_the_passwords() {
        for text in ["a b ", "a b \n", "a b \r\n"] {
            assert_eq!(*piped(text.as_bytes()).unwrap(), "a b ");
        }
        assert_eq!(*piped(&b"a\n\n"[..]).unwrap(), "a\n");
    }

    #[test]
    fn only_passwords_that_a_login_can_bring_are_taken() {
        let longest = "🔑".repeat(Credential::MAX_PASSWORD_CHARS);
        assert!(check(&longest).is_ok());
        assert!(check(&piped(format!("{longest}\r\n").as_bytes()).unwrap()).is_ok());
        for bad in ["", " ", "a\nb", &format!("{longest}x")] {
            assert!(check(bad).is_err(), "{bad:?} was taken");
        }
        assert!(piped(&b"\xff"[..]).unwrap_err().to_string().contains("UTF-8"));
    }
}
