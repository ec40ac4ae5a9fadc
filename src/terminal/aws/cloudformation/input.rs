//! Input of the commands. Source: the shapes of the API model. Members without a meaning here are accepted and ignored.

use crate::model::{List, declare::structure};

structure! {
    /// Source: API shape `CreateStackInput`.
    Creation {
        /// Name of the stack.
        "StackName" stack_name: String,
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// A template in S3, which is not here.
        "TemplateUrl" template_url: Option<String>,
        /// The values of its parameters.
        "Parameters" parameters: Option<List<Parameter>>,
        /// Whether what was made stays after a failure; it never does.
        "DisableRollback" disable_rollback: Option<bool>,
        /// Not looked at.
        "TimeoutInMinutes" timeout_in_minutes: Option<i64>,
        /// Not looked at.
        "NotificationArns" notification_arns: Option<List<String>>,
        /// Not looked at.
        "Capabilities" capabilities: Option<List<String>>,
        /// Not looked at.
        "ResourceTypes" resource_types: Option<List<String>>,
        /// Not looked at.
        "RoleArn" role_arn: Option<String>,
        /// Not looked at.
        "OnFailure" on_failure: Option<String>,
        /// Not kept.
        "Tags" tags: Option<List<Tag>>,
        /// Not looked at.
        "ClientRequestToken" client_request_token: Option<String>,
        /// Not looked at.
        "EnableTerminationProtection" enable_termination_protection: Option<bool>,
    }
}

structure! {
    /// Source: API shape `UpdateStackInput`.
    Update {
        /// The stack.
        "StackName" stack_name: String,
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// A template in S3, which is not here.
        "TemplateUrl" template_url: Option<String>,
        /// Templates are not kept, so there is no previous one.
        "UsePreviousTemplate" use_previous_template: Option<bool>,
        /// The values of its parameters.
        "Parameters" parameters: Option<List<Parameter>>,
        /// Not looked at.
        "Capabilities" capabilities: Option<List<String>>,
        /// Not looked at.
        "ResourceTypes" resource_types: Option<List<String>>,
        /// Not looked at.
        "RoleArn" role_arn: Option<String>,
        /// Not looked at.
        "NotificationArns" notification_arns: Option<List<String>>,
        /// Not kept.
        "Tags" tags: Option<List<Tag>>,
        /// Whether what was changed stays after a failure; it never does.
        "DisableRollback" disable_rollback: Option<bool>,
        /// Not looked at.
        "ClientRequestToken" client_request_token: Option<String>,
    }
}

structure! {
    /// Source: API shape `Parameter`.
    Parameter {
        /// Its name.
        "ParameterKey" parameter_key: Option<String>,
        /// Its value.
        "ParameterValue" parameter_value: Option<String>,
        /// Whether it keeps its value.
        "UsePreviousValue" use_previous_value: Option<bool>,
        /// Not looked at.
        "ResolvedValue" resolved_value: Option<String>,
    }
}

structure! {
    /// Source: API shape `Tag`.
    Tag {
        /// Key of the tag.
        "Key" key: String,
        /// Value of the tag.
        "Value" value: String,
    }
}

structure! {
    /// Source: API shape `DeleteStackInput`.
    Deletion {
        /// The stack.
        "StackName" stack_name: String,
        /// The logical ids of resources that stay.
        "RetainResources" retain_resources: Option<List<String>>,
        /// Not looked at.
        "RoleArn" role_arn: Option<String>,
        /// Not looked at.
        "ClientRequestToken" client_request_token: Option<String>,
        /// Not looked at.
        "DeletionMode" deletion_mode: Option<String>,
    }
}

structure! {
    /// Source: API shape `DescribeStacksInput`.
    Stacks {
        /// One stack; all without it.
        "StackName" stack_name: Option<String>,
        /// Not looked at: all are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure! {
    /// Source: API shapes `DescribeStackEventsInput` and `ListStackResourcesInput`.
    OfStack {
        /// The stack.
        "StackName" stack_name: String,
        /// Not looked at: all are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure! {
    /// Source: API shape `DescribeStackResourcesInput`.
    Resources {
        /// The stack.
        "StackName" stack_name: String,
        /// Only this resource.
        "LogicalResourceId" logical_resource_id: Option<String>,
        /// Not looked at.
        "PhysicalResourceId" physical_resource_id: Option<String>,
    }
}

structure! {
    /// Source: API shape `ListStacksInput`.
    Listing {
        /// Not looked at: all are on one page.
        "NextToken" next_token: Option<String>,
        /// Only stacks with one of these statuses.
        "StackStatusFilter" stack_status_filter: Option<List<String>>,
    }
}

structure! {
    /// Source: API shape `ListExportsInput`.
    Pages {
        /// Not looked at: all are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure! {
    /// Source: API shape `ListImportsInput`.
    OfExport {
        /// The export.
        "ExportName" export_name: String,
        /// Not looked at: all are on one page.
        "NextToken" next_token: Option<String>,
    }
}

structure! {
    /// Source: API shape `ValidateTemplateInput`.
    Validation {
        /// The template.
        "TemplateBody" template_body: Option<String>,
        /// A template in S3, which is not here.
        "TemplateUrl" template_url: Option<String>,
    }
}

structure! {
    /// Input of `deploy`. Source: the real tool's `customizations/cloudformation/deploy.py`.
    Deployment {
        /// The file with the template.
        "templateFile" template_file: String,
        /// The stack, which is updated if it is there.
        "stackName" stack_name: String,
        /// Not looked at: the template goes nowhere.
        "s3Bucket" s3_bucket: Option<String>,
        /// Not looked at.
        "forceUpload" force_upload: Option<bool>,
        /// Not looked at.
        "s3Prefix" s3_prefix: Option<String>,
        /// Not looked at.
        "kmsKeyId" kms_key_id: Option<String>,
        /// Values of parameters: `Name=value`.
        "parameterOverrides" parameter_overrides: Option<List<String>>,
        /// Not looked at.
        "capabilities" capabilities: Option<List<String>>,
        /// With `--no-execute-changeset`, nothing is changed.
        "executeChangeset" execute_changeset: Option<bool>,
        /// Whether what was changed stays after a failure; it never does.
        "disableRollback" disable_rollback: Option<bool>,
        /// Not looked at.
        "roleArn" role_arn: Option<String>,
        /// Not looked at.
        "notificationArns" notification_arns: Option<List<String>>,
        /// With `--no-fail-on-empty-changeset`, it is no failure that nothing changes.
        "failOnEmptyChangeset" fail_on_empty_changeset: Option<bool>,
        /// Not kept.
        "tags" tags: Option<List<String>>,
    }
}
