namespace Shop.Telemetry.Http;

/// <summary>
/// Marks an anonymous endpoint that verifies its caller itself, for example by a signature. Its requests are limited by
/// address, and on no critical route, until <c>SetCallerVerified</c> is called.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VerifiesCallerAttribute : Attribute;
