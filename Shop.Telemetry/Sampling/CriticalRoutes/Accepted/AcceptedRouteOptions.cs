using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>The service of the application that knows the critical routes that people have accepted.</summary>
public sealed class AcceptedRouteOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:AcceptedRoutes";

    /// <summary>
    /// The address at which this service requests the accepted routes, such as <c>http://insights:8080/v1/critical-routes</c>, with the
    /// service key. Without it, only the rules of the service and of its configuration apply. The AppHost sets it.
    /// </summary>
    [RegularExpression("^https?://[^ ]+$")]
    public string? Endpoint { get; set; }

    /// <summary>The time between two requests: an accepted route is in effect after it. 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class AcceptedRouteOptionsValidator : IValidateOptions<AcceptedRouteOptions>;
