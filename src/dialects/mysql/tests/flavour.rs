//! Tests of the products.

use std::collections::BTreeSet;

use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::Schema;
use crate::sql::{Dialect, Flavour};

#[test]
fn a_stored_schema_keeps_its_product_and_an_unknown_one_is_not_read() {
    for flavour in MysqlFlavour::ALL {
        let mut schema = Schema::new(Dialect::MYSQL);
        schema.flavour = flavour.handle();
        assert_eq!(Schema::from_json(&schema.to_json(), &BTreeSet::new()), Some(schema));
    }
    let mut schema = Schema::new(Dialect::MYSQL);
    schema.flavour = Flavour::named("another");
    assert_eq!(Schema::from_json(&schema.to_json(), &BTreeSet::new()), None);
}

#[test]
fn a_server_is_recognized_by_its_version() {
    for (version, expected) in [
        ("10.11.6-MariaDB-1:10.11.6+maria~deb12", MysqlFlavour::Mariadb),
        ("5.5.5-10.6.18-mariadb-log", MysqlFlavour::Mariadb),
        ("8.4.3", MysqlFlavour::Mysql),
        ("8.0.36-28", MysqlFlavour::Mysql),
    ] {
        assert_eq!(MysqlFlavour::of_server(version), expected, "{version}");
        assert_eq!(MysqlFlavour::from_handle(expected.handle()), expected);
    }
}
