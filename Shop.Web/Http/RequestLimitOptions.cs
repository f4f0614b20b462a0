using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Web.Http;

/// <summary>How much one caller may ask of one process; with replicas it is as much of each.</summary>
internal sealed class RequestLimitOptions
{
    public const string Section = "Shop:RequestLimits";

    /// <summary>The longest request body. Everything that the shop takes is a small JSON document or a small gRPC message.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 64 * 1024;

    /// <summary>Requests to <c>/api</c> in a second by one client: a session where one is known, an address otherwise.</summary>
    [Range(1, 1_000_000)]
    public int ClientPerSecond { get; set; } = 100;

    /// <summary>What it may have saved up.</summary>
    [Range(1, 1_000_000)]
    public int ClientBurst { get; set; } = 300;

    /// <summary>Requests in a second for one cart, whoever sends them.</summary>
    [Range(1, 1_000_000)]
    public int CartPerSecond { get; set; } = 20;

    [Range(1, 1_000_000)]
    public int CartBurst { get; set; } = 60;
}

[OptionsValidator]
internal sealed partial class RequestLimitOptionsValidator : IValidateOptions<RequestLimitOptions>;
