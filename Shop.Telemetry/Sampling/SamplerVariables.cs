using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Shop.Telemetry.Sampling;

/// <summary>OpenTelemetry's variables for the sampler of traces. They can only express a fixed probability.</summary>
internal static class SamplerVariables
{
    public const string Sampler = "OTEL_TRACES_SAMPLER";
    public const string Argument = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>The samplers. Each is based on the parent, since services follow the decision of their caller in any case.</summary>
    public static readonly string[] Samplers =
    [
        "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
    ];

    /// <summary>Gets the fixed probability, or null when no sampler is set. An argument that is not valid is the default, 1.</summary>
    public static double? GetProbability(IConfiguration configuration) => configuration[Sampler]?.Trim().ToLowerInvariant() switch
    {
        "always_on" or "parentbased_always_on" => 1,
        "always_off" or "parentbased_always_off" => 0,
        "traceidratio" or "parentbased_traceidratio" => ParseProbability(configuration[Argument]) ?? 1,
        _ => null,
    };

    /// <summary>Returns whether the sampler has the argument.</summary>
    public static bool HasArgument(string? sampler) => sampler?.EndsWith("traceidratio", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Parses the argument. Returns null when it is not a probability.</summary>
    public static double? ParseProbability(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var probability)
        && TraceSamplingRulesValidator.IsProbability(probability)
            ? probability
            : null;
}
