using System.Collections;
using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.CustomResourceSnapshot</c>: all that is shown of a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public DateTime? CreationTimeStamp { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public int? ExitCode { get; init; }

    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    public bool IsHidden { get; init; }

    public string? IconName { get; init; }

    public IconVariant? IconVariant { get; init; }

    /// <summary>Null unless running; a check that has not answered yet counts as unhealthy.</summary>
    public HealthStatus? HealthStatus =>
        State?.Text != KnownResourceStates.Running ? null
        : HealthReports.IsEmpty ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
        : HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);

    internal long Version { get; init; }

    /// <summary>Set when the resource was ready for the first time; the task tells how its ready handlers ended.</summary>
    internal Task? ResourceReady { get; init; }

    internal CustomResourceSnapshot WithProperty(string name, object? value) => WithProperty(new ResourcePropertySnapshot(name, value));

    internal CustomResourceSnapshot WithProperty(ResourcePropertySnapshot property) =>
        this with { Properties = [.. Properties.Where(p => p.Name != property.Name), property] };

    internal CustomResourceSnapshot WithoutProperty(string name) => this with { Properties = [.. Properties.Where(p => p.Name != name)] };

    internal bool SameContentAs(CustomResourceSnapshot other)
    {
        // Records compare arrays by reference, so the arrays are compared by hand and then taken out of the comparison.
        return Properties.SequenceEqual(other.Properties)
            && HealthReports.SequenceEqual(other.HealthReports)
            && EnvironmentVariables.SequenceEqual(other.EnvironmentVariables)
            && Urls.SequenceEqual(other.Urls)
            && Commands.SequenceEqual(other.Commands)
            && Relationships.SequenceEqual(other.Relationships)
            && WithoutArrays() == other.WithoutArrays();
    }

    private CustomResourceSnapshot WithoutArrays() => this with
    {
        Version = 0,
        Properties = [],
        HealthReports = [],
        EnvironmentVariables = [],
        Urls = [],
        Commands = [],
        Relationships = [],
    };
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceStateSnapshot</c>.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EnvironmentVariableSnapshot</c>.</summary>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.UrlSnapshot</c>.</summary>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();

    public bool IsInactive { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.UrlDisplayPropertiesSnapshot</c>.</summary>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.RelationshipSnapshot</c>.</summary>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.HealthReportSnapshot</c>.</summary>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    public DateTime? LastRunAt { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourcePropertySnapshot</c>.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    public string? DisplayName { get; init; }

    public bool IsSensitive { get; init; }

    public bool IsHighlighted { get; init; }

    public int? SortOrder { get; init; }

    public bool Equals(ResourcePropertySnapshot? other) =>
        other is not null
        && (Name, DisplayName, IsSensitive, IsHighlighted, SortOrder) == (other.Name, other.DisplayName, other.IsSensitive, other.IsHighlighted, other.SortOrder)
        && SameValue(Value, other.Value);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    private static bool SameValue(object? one, object? two) => (one, two) switch
    {
        (string, _) or (_, string) => Equals(one, two),
        (IEnumerable a, IEnumerable b) => a.Cast<object?>().SequenceEqual(b.Cast<object?>()),
        _ => Equals(one, two),
    };
}
