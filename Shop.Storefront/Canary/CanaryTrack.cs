namespace Shop.Storefront.Canary;

/// <summary>The version of a service that a request goes to.</summary>
internal enum CanaryTrack
{
    /// <summary>The current version.</summary>
    Baseline,

    /// <summary>The second version.</summary>
    Canary,
}
