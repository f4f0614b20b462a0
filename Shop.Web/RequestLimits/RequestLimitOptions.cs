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
    /// Limit of requests to <c>/api</c> by one client: a session, or an address where no session is known. Further
    /// requests are rejected with 429.
    /// </summary>
    [ValidateObjectMembers]
    public RateLimit Client { get; set; } = new() { RequestsPerSecond = 100, Burst = 300 };

    /// <summary>Limits of requests to <c>/api</c> with the same value of a route parameter, by the name of that parameter.</summary>
    public Dictionary<string, RateLimit> RouteValues { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A token bucket.</summary>
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
