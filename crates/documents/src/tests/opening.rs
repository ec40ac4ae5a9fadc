//! Opening in slices, and documents of thousands of resources.

use mesh_text::job::Job;

use super::*;

/// Returns the plan of a document in an empty world.
fn planned(document: &Value) -> (Rc<World>, Rc<Plan>) {
    let world = World::empty().unwrap();
    let plan = read(&document.to_string()).unwrap().plan(&TextMap::new(), &world).unwrap();
    (Rc::new(world), Rc::new(plan))
}

/// Returns a document with every outcome: created, updated, unchanged and refused.
fn mixed() -> Value {
    let mesh = json!({"meshName": "m", "tags": [{"key": "a", "value": "b"}]});
    let mut inputs = vec![mesh.clone(), mesh];
    inputs.extend((0..20).map(|i| node(&format!("n{}", i % 7), &format!("h{}.local", i % 5))));
    inputs.push(
        json!({"meshName": "m", "virtualNodeName": "bad", "spec": {"listeners": [{"portMapping": {}}]}}),
    );
    json!(inputs)
}

#[test]
fn slices_of_any_size_open_the_same() {
    let (world, plan) = planned(&mixed());
    let at_once = apply(&world, &plan, &ENV);
    assert!(counts(&at_once).iter().all(|count| *count > 0), "{:?}", counts(&at_once));
    for size in [1, 2, 7, 23, 1000] {
        let mut opening = Opening::new(&world, &plan, &ENV);
        let mut slices = 1;
        while !opening.advance(size) {
            assert_eq!(opening.progress(), (slices * size, 23));
            slices += 1;
        }
        assert_eq!(slices, 23usize.div_ceil(size));
        assert_eq!(opening.progress(), (23, 23));
        assert_eq!(opening.finish(), at_once, "slices of {size}");
    }
}

/// Returns every kind of document, and texts that cannot be opened.
fn texts() -> Vec<String> {
    let template = "Parameters: {Name: {Type: String, Default: m}}\nResources:\n  M: {Type: AWS::AppMesh::Mesh, \
                    Properties: {MeshName: !Ref Name}}\n  Fn::ForEach::Nodes:\n    - N\n    - [a, b, c]\n    - \
                    V${N}: {Type: AWS::AppMesh::VirtualNode, Properties: {MeshName: !Ref Name, VirtualNodeName: \
                    !Sub 'n-${N}', Spec: {}}}\nOutputs: {Mesh: {Value: !Ref Name}}\n";
    let world = crate::scenario::six_colours(crate::scenario::Variant::Dns, &ENV).unwrap();
    vec![
        mixed().to_string(),
        template.to_owned(),
        save(&world),
        "kind: Mesh\napiVersion: v1\n---\nkind: Mesh\napiVersion: v1\n".to_owned(),
        "a: [1, 2\n".to_owned(),
        "{\"a\": 1, \"a\": 2}".to_owned(),
        "unknown: keys\n".to_owned(),
    ]
}

#[test]
fn a_text_is_read_planned_and_opened_the_same_in_portions_of_any_size() {
    for text in texts() {
        let world = Rc::new(World::empty().unwrap());
        let at_once = read(&text).and_then(|source| {
            let plan = Rc::new(source.plan(&TextMap::new(), &world)?);
            Ok(apply(&world, &plan, &ENV))
        });
        for portion in [1, 7, 100, usize::MAX] {
            let (own, world) = (text.clone(), world.clone());
            let mut job = Job::new(|pace| async move {
                let source = read_paced(&own, &pace).await?;
                let plan = Rc::new(source.plan_paced(&TextMap::new(), &world, &pace).await?);
                Ok(apply_paced(&world, &plan, &ENV, &pace).await)
            });
            let mut slices = 1;
            let result = loop {
                if let Some(result) = job.advance(portion) {
                    break result;
                }
                let progress = job.progress();
                assert!(progress.done <= progress.all, "{progress:?}");
                slices += 1;
            };
            assert_eq!(result, at_once, "portions of {portion}: {text:.60}");
            assert!(portion > 7 || slices > 1 || result.is_err(), "{slices} slices: {text:.60}");
            assert!(portion < usize::MAX || slices == 1, "{slices} slices");
        }
    }
}

#[test]
fn long_documents_pause_in_every_stage() {
    let (world, text) =
        (Rc::new(World::empty().unwrap()), json!(vec![node("n", "h.local"); 300]).to_string());
    let mut job = Job::new(|pace| async move {
        let source = read_paced(&text, &pace).await?;
        let plan = Rc::new(source.plan_paced(&TextMap::new(), &world, &pace).await?);
        Ok::<_, OpenError>(apply_paced(&world, &plan, &ENV, &pace).await)
    });
    let mut stages = Vec::new();
    while job.advance(1000).is_none() {
        stages.push(job.progress().words);
    }
    for stage in ["bytes read", "items read", "resources translated", "resources opened"] {
        let slices = stages.iter().filter(|words| words.contains(stage)).count();
        assert!(slices > 1, "{stage}: {slices} slices");
    }
}

/// Each of these took at least half a minute in a release build while the work grew quadratically with the number of
/// resources.
#[test]
fn thousands_of_resources_are_opened_whatever_becomes_of_them() {
    const MANY: usize = 4000;
    let mesh = json!({"meshName": "m"});
    let document = |of: &dyn Fn(usize) -> Value| json!([mesh, (0..MANY).map(of).collect::<Vec<_>>()]);
    let egress = ["ALLOW_ALL", "DROP_ALL"];
    let tags: Vec<_> = (0..50).map(|i| json!({"key": i.to_string(), "value": ""})).collect();
    let backends: Vec<_> =
        (0..MANY).map(|_| json!({"virtualService": {"virtualServiceName": 1.5}})).collect();
    for (what, document, expected) in [
        ("created", document(&|i| node(&format!("n{i}"), &format!("h{i}"))), [MANY + 1, 0, 0, 0]),
        ("unchanged", document(&|_| node("n", "h")), [2, 0, MANY - 1, 0]),
        (
            "updated",
            document(&|i| json!({"meshName": "m", "spec": {"egressFilter": {"type": egress[i % 2]}}})),
            [1, MANY, 0, 0],
        ),
        (
            "tags of resources that exist",
            document(
                &|i| json!({"meshName": "m", "tags": if i % 40 == 0 { json!(tags) } else { json!([]) }}),
            ),
            [1, 0, MANY, 0],
        ),
        (
            "refused",
            document(&|i| json!({"meshName": "none", "virtualNodeName": format!("n{i}"), "spec": {}})),
            [1, 0, 0, MANY],
        ),
        (
            "refused for thousands of reasons",
            json!([mesh, {"meshName": "m", "virtualNodeName": "n", "spec": {"backends": backends}}]),
            [1, 0, 0, 1],
        ),
    ] {
        assert_eq!(counts(&opened(&document)), expected, "{what}");
    }
}
