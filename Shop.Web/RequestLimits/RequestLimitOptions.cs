using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Web.RequestLimits;

/// <summary>Limits of the requests that one process accepts. Each replica applies them on its own.</summary>
public sealed class RequestLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:RequestLimits";

    /// <summary>Maximum size of a request body in bytes; a larger one is rejected with 413. 1 KiB to 100 MiB.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Time after which a request is abandoned with 503. It does not apply to gRPC calls, which have a deadline, and to the management
    /// endpoint. 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Limit of requests to <c>/api</c> from one address, and separately of webhooks without a valid signature: an IPv4 address or an IPv6
    /// /64 network. Further requests are rejected with 429.
    /// </summary>
    [ValidateObjectMembers]
    public RateLimit Address { get; set; } = new() { RequestsPerSecond = 100, Burst = 300 };

    /// <summary>
    /// Limit of requests to <c>/api</c> of one session, in addition to that of the address. New sessions only count against the address.
    /// </summary>
    [ValidateObjectMembers]
    public RateLimit Session { get; set; } = new() { RequestsPerSecond = 50, Burst = 150 };

    /// <summary>Limits of requests to <c>/api</c> with the same value of a route parameter, by the name of that parameter.</summary>
    public Dictionary<string, RateLimit> RouteValues { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A token bucket. Keys share one of 16,384 buckets when their hashes collide.</summary>
public sealed class RateLimit
{
    /// <summary>Sustained number of requests per second. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 20;

    /// <summary>Number of requests accepted at once after a pause. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 60;
}

[OptionsValidator]
internal sealed partial class RequestLimitAnnotationsValidator : IValidateOptions<RequestLimitOptions>;

[OptionsValidator]
internal sealed partial class RateLimitValidator : IValidateOptions<RateLimit>;

internal sealed class RequestLimitOptionsValidator : IValidateOptions<RequestLimitOptions>
{
    private readonly RequestLimitAnnotationsValidator _annotations = new();
    private readonly RateLimitValidator _limits = new();

    public ValidateOptionsResult Validate(string? name, RequestLimitOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        foreach (var (routeValue, limit) in options.RouteValues)
        {
            result.AddResult(_limits.Validate($"{nameof(options.RouteValues)}:{routeValue}", limit));
        }

        return result.Build();
    }
}
