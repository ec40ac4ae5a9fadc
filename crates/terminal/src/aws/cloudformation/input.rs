//! Input of the commands. Source: the shapes of the API model. Members without an effect here are accepted and ignored.

use app_mesh_engine::model::{List, declare::structure_by};

structure_by! {
    /// Source: API shape `CreateStackInput`.
    Creation by CreationMembers {
        /// Name of the stack.
        "StackName" stack_name: String,
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// URL of a template in S3, which is not simulated.
        "TemplateUrl" template_url: Option<String>,
        /// Values of the template's parameters.
        "Parameters" parameters: Option<List<Parameter>>,
        /// Ignored: a failed creation is always rolled back.
        "DisableRollback" disable_rollback: Option<bool>,
        /// Ignored.
        "TimeoutInMinutes" timeout_in_minutes: Option<i64>,
        /// Ignored.
        "NotificationArns" notification_arns: Option<List<String>>,
        /// Ignored.
        "Capabilities" capabilities: Option<List<String>>,
        /// Ignored.
        "ResourceTypes" resource_types: Option<List<String>>,
        /// Ignored.
        "RoleArn" role_arn: Option<String>,
        /// Ignored.
        "OnFailure" on_failure: Option<String>,
        /// Not stored.
        "Tags" tags: Option<List<Tag>>,
        /// Ignored.
        "ClientRequestToken" client_request_token: Option<String>,
        /// Ignored.
        "EnableTerminationProtection" enable_termination_protection: Option<bool>,
    }
}

structure_by! {
    /// Source: API shape `UpdateStackInput`.
    Update by UpdateMembers {
        /// The stack.
        "StackName" stack_name: String,
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// URL of a template in S3, which is not simulated.
        "TemplateUrl" template_url: Option<String>,
        /// Not supported: templates are not stored, so there is no previous one.
        "UsePreviousTemplate" use_previous_template: Option<bool>,
        /// Values of the template's parameters.
        "Parameters" parameters: Option<List<Parameter>>,
        /// Ignored.
        "Capabilities" capabilities: Option<List<String>>,
        /// Ignored.
        "ResourceTypes" resource_types: Option<List<String>>,
        /// Ignored.
        "RoleArn" role_arn: Option<String>,
        /// Ignored.
        "NotificationArns" notification_arns: Option<List<String>>,
        /// Not stored.
        "Tags" tags: Option<List<Tag>>,
        /// Ignored: a failed change is always rolled back.
        "DisableRollback" disable_rollback: Option<bool>,
        /// Ignored.
        "ClientRequestToken" client_request_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `Parameter`.
    Parameter by ParameterMembers {
        /// Name of the parameter.
        "ParameterKey" parameter_key: Option<String>,
        /// Value of the parameter.
        "ParameterValue" parameter_value: Option<String>,
        /// Whether the parameter keeps its previous value.
        "UsePreviousValue" use_previous_value: Option<bool>,
        /// Ignored.
        "ResolvedValue" resolved_value: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `Tag`.
    Tag by TagMembers {
        /// Key of the tag.
        "Key" key: String,
        /// Value of the tag.
        "Value" value: String,
    }
}

structure_by! {
    /// Source: API shape `DeleteStackInput`.
    Deletion by DeletionMembers {
        /// The stack.
        "StackName" stack_name: String,
        /// Logical ids of the resources that are not deleted.
        "RetainResources" retain_resources: Option<List<String>>,
        /// Ignored.
        "RoleArn" role_arn: Option<String>,
        /// Ignored.
        "ClientRequestToken" client_request_token: Option<String>,
        /// Ignored.
        "DeletionMode" deletion_mode: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `DescribeStacksInput`.
    Stacks by StacksMembers {
        /// Only this stack; all stacks if absent.
        "StackName" stack_name: Option<String>,
        /// Ignored: all items are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shapes `DescribeStackEventsInput` and `ListStackResourcesInput`.
    OfStack by OfStackMembers {
        /// The stack.
        "StackName" stack_name: String,
        /// Ignored: all items are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `DescribeStackResourcesInput`.
    Resources by ResourcesMembers {
        /// The stack.
        "StackName" stack_name: String,
        /// Only this resource.
        "LogicalResourceId" logical_resource_id: Option<String>,
        /// Ignored.
        "PhysicalResourceId" physical_resource_id: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `ListStacksInput`.
    Listing by ListingMembers {
        /// Ignored: all items are on one page.
        "NextToken" next_token: Option<String>,
        /// Only stacks with one of these statuses.
        "StackStatusFilter" stack_status_filter: Option<List<String>>,
    }
}

structure_by! {
    /// Source: API shape `ListExportsInput`.
    Pages by PagesMembers {
        /// Ignored: all items are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `ListImportsInput`.
    OfExport by OfExportMembers {
        /// The export.
        "ExportName" export_name: String,
        /// Ignored: all items are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `ValidateTemplateInput`.
    Validation by ValidationMembers {
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// URL of a template in S3, which is not simulated.
        "TemplateUrl" template_url: Option<String>,
    }
}

structure_by! {
    /// Input of `deploy`. Source: the real tool's `customizations/cloudformation/deploy.py`.
    Deployment by DeploymentMembers {
        /// Path of the template file.
        "templateFile" template_file: String,
        /// Name of the stack, which is updated if it exists.
        "stackName" stack_name: String,
        /// Required for a template above 51,200 bytes; otherwise ignored, because the template is not uploaded.
        "s3Bucket" s3_bucket: Option<String>,
        /// Ignored.
        "forceUpload" force_upload: Option<bool>,
        /// Ignored.
        "s3Prefix" s3_prefix: Option<String>,
        /// Ignored.
        "kmsKeyId" kms_key_id: Option<String>,
        /// Values of parameters: `Name=value`.
        "parameterOverrides" parameter_overrides: Option<List<String>>,
        /// Ignored.
        "capabilities" capabilities: Option<List<String>>,
        /// With `--no-execute-changeset`, nothing changes.
        "executeChangeset" execute_changeset: Option<bool>,
        /// Ignored: a failed change is always rolled back.
        "disableRollback" disable_rollback: Option<bool>,
        /// Ignored.
        "roleArn" role_arn: Option<String>,
        /// Ignored.
        "notificationArns" notification_arns: Option<List<String>>,
        /// With `--no-fail-on-empty-changeset`, an empty change set is not an error.
        "failOnEmptyChangeset" fail_on_empty_changeset: Option<bool>,
        /// Not stored.
        "tags" tags: Option<List<String>>,
    }
}
