namespace Shop.Tests.Integration;

/// <summary>
/// A test that needs local servers: it uses their clients, such as <c>pg_dump</c>, which may be older than the servers in containers, or it
/// changes secrets, which all runs with containers share. It is skipped where the servers are containers.
/// </summary>
public sealed class LocalInfrastructureFactAttribute : FactAttribute
{
    public LocalInfrastructureFactAttribute()
    {
        var infrastructure = Environment.GetEnvironmentVariable("SHOP_TEST_INFRASTRUCTURE");
        if (infrastructure is "containers"
            || (string.IsNullOrEmpty(infrastructure) && AppHost.Infrastructure.ContainerRuntime.IsRunning()))
        {
            Skip = "The servers are containers.";
        }
    }
}
