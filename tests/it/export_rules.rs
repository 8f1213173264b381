//! What profiles say of rows and cells, from the export to the difference: gifts, deleted people, sums, flags, items, secret
//! columns, exports that belong together, and who still pays.

use std::fs;

use crate::{
    env::TestEnv,
    support::plan::{PlanBuilder, plan},
};

const SALES: &str = "Purchase ID,Item Name,Buyer Name,Purchase Email,Purchase Date,Sale Price ($),Fully Refunded?,Disputed?,Dispute Won?,Access Revoked?,Recurring Charge?,Pre-order authorization?,Order Number,Giftee Email,Subscription End Date\n\
    p1,Course,'=Ana,ana@example.com,2026-01-05,199.00,0,0,0,0,0,0,1,,\n\
    p2,Course,Bo Sund,bo@example.com,2026-01-06,199.00,0,0,0,0,0,0,2,cy@example.com,\n\
    p3,Course,Di,di@example.com,2026-01-07,199.00,1,0,0,0,0,0,3,,\n\
    p4,Course,Ed,ed@example.com,2026-01-08,199.00,0,1,0,0,0,0,4,,\n\
    p5,Course,Fi,fi@example.com,2026-01-09,199.00,0,1,1,0,0,0,5,,\n\
    p6,Course,Gus,gus@example.com,2026-01-10,199.00,0,0,0,1,0,0,6,,\n\
    Totals,,,,,1194.00,,,,,,,,,\n";

fn sales() -> TestEnv {
    plan("shop")
        .offering("course", "Course")
        .export("sales", "gumroad-sales", "sales.csv")
        .map("Item Name", [("Course", "course")])
        .env()
        .and_file("sales.csv", SALES)
}

fn list(env: &TestEnv, name: &str) -> String {
    env.verb("plan", &["--lists", "lists"]).exits(0);
    fs::read_to_string(env.path("lists").join(name)).unwrap_or_default()
}

/// The members with a login, one to a line.
fn logins(env: &TestEnv) -> Vec<String> {
    let text = list(env, "logins.csv");
    let email = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    text.lines().skip(1).map(email).collect()
}

#[test]
fn a_gift_goes_to_who_received_it_and_flags_take_access_away() {
    let env = sales();
    assert_eq!(
        logins(&env),
        ["ana@example.com", "cy@example.com", "fi@example.com"]
    );
    env.verb("check", &[])
        .exits(0)
        .says("gift")
        .says("footer-row")
        .never_says("no-email");
    env.apply().exits(0);
    env.verb("members", &["--format", "json"])
        .exits(0)
        .never_says("Bo")
        .says("\"=Ana\"");
}

#[test]
fn a_flag_that_is_no_flag_is_an_error() {
    let env = sales();
    env.change_file("sales.csv", "199.00,1,0", "199.00,maybe,0");
    env.verb("check", &[]).exits(1).says("D011").says("maybe");
}

#[test]
fn people_who_asked_to_be_deleted_are_left_out_and_counted() {
    let env = plan("letter")
        .offering("club", "Club")
        .export("people", "substack", "people.csv")
        .each_row("grant = \"club\"")
        .env()
        .and_file(
            "people.csv",
            "email,active_subscription,expiry,email_disabled\n\
             ana@example.com,true,,false\n\
             x1@Deletion-Request.substack.com,true,,true\n",
        );
    assert_eq!(logins(&env), ["ana@example.com"]);
    env.verb("check", &[]).exits(0).says("deleted-person");
    let plan = env.verb("plan", &["--format", "json"]).exits(0).json();
    let records = &plan["records"];
    assert_eq!((&records["read"], &records["ignored"]), (&2.into(), &1.into()));
}

fn woo() -> PlanBuilder {
    plan("woo")
        .offering("club", "Club")
        .offering("oils", "Oils")
        .export("subscriptions", "woo-subscriptions", "subscriptions.csv")
        .toml("statuses = { column = \"subscription_status\", gives = \"wc-active\", until = { words = \"wc-pending-cancel\", column = \"end_date\" }, ended = \"wc-on-hold\" }")
        .toml("billing = \"old\"")
        .map("order_items", [("Studio Club", "club"), ("Oils", "oils")])
}

const SUBSCRIPTIONS: &str = "subscription_id,subscription_status,customer_id,next_payment_date,cancelled_date,end_date,billing_period,order_total,order_currency,payment_method,billing_first_name,billing_last_name,billing_email,order_items\n\
    301,wc-active,12,2026-12-05 10:00:00,0,0,month,29.00,EUR,stripe,Ana,Moll,ana@example.com,product_id:77|name:Studio Club|quantity:1;product_id:78|name:Oils|quantity:1\n\
    302,wc-pending-cancel,13,0,2026-11-01 10:00:00,2026-12-20 10:00:00,month,29.00,EUR,paypal,Bo,Sund,bo@example.com,product_id:77|name:Studio Club|quantity:1\n";

#[test]
fn the_products_of_an_order_are_mapped_and_the_list_of_payers_has_what_renewals_need() {
    let env = woo().env().and_file("subscriptions.csv", SUBSCRIPTIONS);
    let listed = list(&env, "billing-old.csv");
    assert_eq!(
        listed,
        "email,offering,product,last_charge,amount,currency,provider,customer,subscription,interval,next_payment,cancelled_on,paid_until,record\n\
         ana@example.com,club,Studio Club,,29,EUR,stripe,12,301,month,2026-12-05,,,subscriptions.csv:2\n\
         ana@example.com,oils,Oils,,29,EUR,stripe,12,301,month,2026-12-05,,,subscriptions.csv:2\n\
         bo@example.com,club,Studio Club,,29,EUR,paypal,13,302,month,,2026-11-01,2026-12-20,subscriptions.csv:3\n"
    );
}

#[test]
fn secret_columns_are_never_read_and_leave_nothing_in_the_lists() {
    let env = plan("wordpress")
        .offering("club", "Club")
        .export("users", "wordpress-webtoffee", "users.csv")
        .map("roles", [("member", "club")])
        .env()
        .and_file(
            "users.csv",
            "ID,user_login,user_pass,user_email,user_registered,display_name,first_name,last_name,roles,session_tokens\n\
             1,ana,$P$secret,ana@example.com,2024-01-05 10:00:00,Ana,Ana,Moll,member,tokens-of-ana\n\
             2,bo,$P$secret,nobody,2024-01-05 10:00:00,Bo,Bo,Sund,member,tokens-of-bo\n",
        );
    env.verb("check", &[])
        .exits(0)
        .says("secret-column")
        .says("user_pass");
    let rejected = list(&env, "users.rejected.csv");
    assert!(
        rejected.contains("nobody") && rejected.contains("session_tokens"),
        "{rejected}"
    );
    assert!(
        !rejected.contains("secret") && !rejected.contains("tokens-of"),
        "{rejected}"
    );
    env.change_plan(
        "file = \"users.csv\"",
        "file = \"users.csv\"\nfields.hash = \"user_pass\"",
    );
    env.verb("check", &[])
        .exits(1)
        .says("P011")
        .says("never reads the column `user_pass`");
}

#[test]
fn an_export_without_the_one_that_belongs_to_it_is_a_finding() {
    let header = "sub_type,id,user_email,first_name,last_name,product_name,expires_at,user_id,status\n";
    let monthly =
        format!("{header}subscription,1,ana@example.com,Ana,Moll,Club,2027-01-05 10:00:00,7,active\n");
    let lifetime = format!("{header}transaction,2,bo@example.com,Bo,Sund,Club,0000-00-00 00:00:00,8,None\n");
    let statuses = "statuses = { column = \"status\", gives = [\"active\", \"None\"] }";
    let source = |plan: PlanBuilder, key: &str, file: &str| {
        plan.export(key, "memberpress-subscriptions", file)
            .toml(statuses)
            .map("product_name", [("Club", "club")])
    };
    let alone = source(plan("press").offering("club", "Club"), "monthly", "monthly.csv");
    let both = source(alone.clone(), "lifetime", "lifetime.csv");
    let env = |plan: &PlanBuilder| {
        plan.env()
            .and_file("monthly.csv", &monthly)
            .and_file("lifetime.csv", &lifetime)
    };
    env(&alone)
        .verb("check", &[])
        .exits(0)
        .says("export-alone")
        .says("a second file of memberpress-subscriptions or memberpress-transactions");
    env(&both).verb("check", &[]).exits(0).never_says("export-alone");
    assert_eq!(logins(&env(&both)), ["ana@example.com", "bo@example.com"]);
}
