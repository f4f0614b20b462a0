namespace Shop.Web.RequestLimits;

/// <summary>Marks an endpoint outside of <c>/api</c> to which the rate limits of <c>/api</c> apply.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RateLimitedAttribute : Attribute;
