//! `rehome doctor`: a plan in; whether everything that a run of it needs is in place, out.

use serde_json::json;

use super::{
    Exit, Printer,
    common::{again, moment, read_plan},
    setup_args::DoctorVerb,
    shared_args::Format,
};
use crate::{
    app::{AppError, Checked, Examined, doctor},
    text::{Table, counted, printable},
};

pub(super) fn run(verb: &DoctorVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let all = doctor(&file, verb.plan.state.as_deref(), moment().now_ms);
    let missing = all.iter().filter(|one| one.result == Checked::Missing).count();
    match verb.format {
        Format::Json => printer.json(&json!({ "version": 1, "ready": missing == 0, "checks": all })),
        Format::Text => {
            printer.result(&text(&all));
            printer.result(&if missing == 0 {
                format!(
                    "\nEverything that a run needs is in place. Next: rehome plan {}\n",
                    again(&verb.plan)
                )
            } else {
                let things = counted(missing as u64, "thing");
                let is = if missing == 1 { "is" } else { "are" };
                format!("\n{things} {is} missing. Nothing was changed.\n")
            });
        }
    }
    Ok(if missing == 0 { Exit::Done } else { Exit::Error })
}

fn text(all: &[Examined]) -> String {
    let mut table = Table::new(3, &["check", "result", "found"]);
    for one in all {
        table.row([
            one.check.to_owned(),
            one.result.word().to_owned(),
            printable(&one.found).into(),
        ]);
    }
    let mut text = table.text("");
    for one in all {
        if let Some(remedy) = &one.remedy {
            text.push_str(&format!("\n{}: {remedy}.", one.check));
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
