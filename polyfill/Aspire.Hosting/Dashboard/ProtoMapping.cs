using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Dashboard;

/// <summary>Snapshots in the words of the resource service.</summary>
internal static class ProtoMapping
{
    public static Proto.Resource ToProto(this ResourceEvent resourceEvent, DateTime applicationStart)
    {
        var snapshot = resourceEvent.Snapshot;
        var resource = new Proto.Resource
        {
            Name = resourceEvent.ResourceId,
            Uid = resourceEvent.ResourceId,
            DisplayName = resourceEvent.Resource.Name,
            ResourceType = snapshot.ResourceType,
            // The dashboard takes none without; parameters and the like have none of their own.
            CreatedAt = Time(snapshot.CreationTimeStamp ?? applicationStart),
            StartedAt = Time(snapshot.StartTimeStamp),
            StoppedAt = Time(snapshot.StopTimeStamp),
            IsHidden = snapshot.IsHidden,
            Environment = { snapshot.EnvironmentVariables.Select(ToProto) },
            Urls = { snapshot.Urls.Select(ToProto) },
            HealthReports = { snapshot.HealthReports.Select(ToProto) },
            Relationships = { snapshot.Relationships.Select(r => new Proto.ResourceRelationship { ResourceName = r.ResourceName, Type = r.Type }) },
            Properties = { OwnProperties(resourceEvent, applicationStart).Concat(snapshot.Properties).Select(ToProto) },
            Commands = { snapshot.Commands.Select(ToProto) },
        };

        // Generated setters refuse null: what is absent must not be set.
        if (snapshot.State is { } state)
        {
            resource.State = state.Text;
            if (state.Style is not null)
            {
                resource.StateStyle = state.Style;
            }
        }

        if (snapshot.IconName is not null)
        {
            resource.IconName = snapshot.IconName;
            resource.IconVariant = (Proto.IconVariant)(snapshot.IconVariant ?? default);
        }

        return resource;
    }

    /// <summary>What the page of a resource shows of any resource, under the names that the dashboard knows.</summary>
    private static IEnumerable<ResourcePropertySnapshot> OwnProperties(ResourceEvent resourceEvent, DateTime applicationStart)
    {
        var snapshot = resourceEvent.Snapshot;

        return
        [
            new("resource.uid", resourceEvent.ResourceId),
            new("resource.name", resourceEvent.ResourceId),
            new("resource.type", snapshot.ResourceType),
            new("resource.displayName", resourceEvent.Resource.Name),
            new("resource.state", snapshot.State?.Text),
            new("resource.exitCode", snapshot.ExitCode?.ToString(CultureInfo.InvariantCulture)),
            new("resource.createTime", (snapshot.CreationTimeStamp ?? applicationStart).ToString("O", CultureInfo.InvariantCulture)),
            new("resource.startTime", snapshot.StartTimeStamp?.ToString("O", CultureInfo.InvariantCulture)),
            new("resource.stopTime", snapshot.StopTimeStamp?.ToString("O", CultureInfo.InvariantCulture)),
            new("resource.healthState", snapshot.HealthStatus?.ToString()),
        ];
    }

    private static Proto.EnvironmentVariable ToProto(EnvironmentVariableSnapshot variable) =>
        new() { Name = variable.Name, Value = variable.Value ?? "", IsFromSpec = variable.IsFromSpec };

    private static Proto.Url ToProto(UrlSnapshot url)
    {
        var proto = new Proto.Url
        {
            FullUrl = url.Url,
            IsInternal = url.IsInternal,
            IsInactive = url.IsInactive,
            DisplayProperties = new() { DisplayName = url.DisplayProperties.DisplayName, SortOrder = url.DisplayProperties.SortOrder },
        };
        if (url.Name is not null)
        {
            proto.EndpointName = url.Name;
        }

        return proto;
    }

    private static Proto.HealthReport ToProto(HealthReportSnapshot report)
    {
        var proto = new Proto.HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? "",
            Exception = report.ExceptionText ?? "",
            LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            proto.Status = status switch
            {
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy => Proto.HealthStatus.Healthy,
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded => Proto.HealthStatus.Degraded,
                _ => Proto.HealthStatus.Unhealthy,
            };
        }

        return proto;
    }

    private static Proto.ResourceProperty ToProto(ResourcePropertySnapshot property)
    {
        var proto = new Proto.ResourceProperty
        {
            Name = property.Name,
            Value = ToValue(property.Value),
            IsSensitive = property.IsSensitive,
            IsHighlighted = property.IsHighlighted,
        };
        if (property.DisplayName is not null)
        {
            proto.DisplayName = property.DisplayName;
        }

        if (property.SortOrder is { } order)
        {
            proto.SortOrder = order;
        }

        return proto;
    }

    private static Proto.ResourceCommand ToProto(ResourceCommandSnapshot command)
    {
        var proto = new Proto.ResourceCommand
        {
            Name = command.Name,
            DisplayName = command.DisplayName,
            IsHighlighted = command.IsHighlighted,
            State = (Proto.ResourceCommandState)command.State,
        };
        if (command.DisplayDescription is not null)
        {
            proto.DisplayDescription = command.DisplayDescription;
        }

        if (command.ConfirmationMessage is not null)
        {
            proto.ConfirmationMessage = command.ConfirmationMessage;
        }

        if (command.IconName is not null)
        {
            proto.IconName = command.IconName;
            proto.IconVariant = (Proto.IconVariant)(command.IconVariant ?? default);
        }

        return proto;
    }

    private static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        bool flag => Value.ForBool(flag),
        int number => Value.ForNumber(number),
        IEnumerable list => Value.ForList([.. list.Cast<object?>().Select(ToValue)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    private static Timestamp? Time(DateTime? time) => time is { } t ? Timestamp.FromDateTime(t.ToUniversalTime()) : null;
}
