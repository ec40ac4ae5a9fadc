//! Tests that compare Mesh Playground with the official SDK, the AWS CLI, boto3 and real Envoys.
//!
//! The tests need programs that `tools/install.sh test` installs, and take long, so they are a separate package:
//! `cargo test -p conformance`.
