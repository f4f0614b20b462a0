using Microsoft.Extensions.Options;

namespace Shop.Storefront.SyntheticVisitors;

/// <summary>Settings for simulated visitors (docs/visitors.md).</summary>
internal sealed class SyntheticVisitorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SyntheticVisitors";

    /// <summary>
    /// Whether simulated visitors may request faults, and get the ids of their session. Not possible in Production.
    /// </summary>
    public bool Enabled { get; set; }
}

internal sealed class SyntheticVisitorOptionsValidator(IHostEnvironment host) : IValidateOptions<SyntheticVisitorOptions>
{
    public ValidateOptionsResult Validate(string? name, SyntheticVisitorOptions options) => options.Enabled && host.IsProduction()
        ? ValidateOptionsResult.Fail(
            $"{SyntheticVisitorOptions.Section}:{nameof(SyntheticVisitorOptions.Enabled)} must be false in Production: any caller could "
            + "make requests fail.")
        : ValidateOptionsResult.Success;
}
