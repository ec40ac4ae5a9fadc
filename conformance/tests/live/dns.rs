//! A minimal DNS server: only A and AAAA records.

use std::{
    net::{Ipv4Addr, Ipv6Addr, UdpSocket},
    thread,
};

use mesh_playground::environment::{DnsRecords, Environment};

/// Serves an environment's records until the process exits. A name without records of a type exists, but its response
/// is empty.
pub fn serve(address: &str, environment: &Environment) {
    let socket = UdpSocket::bind(address).unwrap();
    let records: Vec<_> =
        environment.dns.iter().map(|(name, records)| (name.to_string(), (**records).clone())).collect();
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            if let Some(answer) = answer(&question[..length], &records) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
}

fn answer(question: &[u8], records: &[(String, DnsRecords)]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut place = 12;
    loop {
        let length = usize::from(*question.get(place)?);
        place += 1;
        if length == 0 {
            break;
        }
        name.push(String::from_utf8_lossy(question.get(place..place + length)?).into_owned());
        place += length;
    }
    let name = name.join(".").to_ascii_lowercase();
    let kind = *question.get(place + 1)?;
    let found = records.iter().find(|(known, _)| *known == name).map(|(_, records)| records);
    let data: Vec<Vec<u8>> = match (found, kind) {
        (Some(records), 1) => records.a.iter().map(|address: &Ipv4Addr| address.octets().to_vec()).collect(),
        (Some(records), 28) => {
            records.aaaa.iter().map(|address: &Ipv6Addr| address.octets().to_vec()).collect()
        }
        _ => Vec::new(),
    };
    let mut answer = question[..2].to_vec();
    // A response without an error, to the only question.
    answer.extend([0x81, 0x80, 0, 1, 0, u8::try_from(data.len()).ok()?, 0, 0, 0, 0]);
    answer.extend(question.get(12..place + 4)?);
    for data in data {
        answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).ok()?]);
        answer.extend(data);
    }
    Some(answer)
}
