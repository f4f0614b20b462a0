namespace Aspire.StackExchange.Redis;

/// <summary>Stands for Aspire.StackExchange.Redis.StackExchangeRedisSettings.</summary>
public sealed class StackExchangeRedisSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }
}
