use super::check;
extern crate std;
use std::println;

#[test]
fn look() {
    let root = std::env::var("LOCKGATE_CORPUS").unwrap();
    for f in ["nmbs/20210506_PU_NATO_Security_Policy-v88.spif","nmbs/PUBLIC.spif","sparrow/nato.xml","surevine-spiffing/nato-4774-policy.xml","sparrow/ACME.xml","surevine-spiffing/uk-demo.xml","surevine-spiffing/tlp-plus.xml","surevine-spiffing/food-policy.xml"] {
        println!("## {f}");
        for x in check(&std::fs::read(std::format!("{root}/markings/{f}")).unwrap()) {
            println!("{} {:?} {} | {} | {:?} {:?}", x.code, x.severity, x.where_, x.says, x.names, x.codes);
        }
    }
}
