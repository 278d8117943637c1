pub fn migration() -> String {
    "INSERT INTO cars VALUES (1, 'a');".to_owned()
}
