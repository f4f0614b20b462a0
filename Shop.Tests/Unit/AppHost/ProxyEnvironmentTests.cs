using Shop.AppHost.Infrastructure;

namespace Shop.Tests.Unit.AppHost;

public sealed class ProxyEnvironmentTests
{
    [Theory]
    [InlineData("", "localhost,.localhost,127.0.0.1,[::1],::1")]
    [InlineData("example.com, 127.0.0.1 ,LOCALHOST", "example.com,127.0.0.1,LOCALHOST,.localhost,[::1],::1")]
    public void Loopback_addresses_are_added_to_the_hosts_without_a_proxy(string excluded, string expected) =>
        Assert.Equal(expected, ProxyEnvironment.AddLoopback(excluded));

    [Theory]
    [InlineData("", "one.example,two.example")]
    [InlineData("one.example", "two.example,one.example")]
    [InlineData(null, "one.example,two.example")]
    public void Hosts_of_both_variables_have_no_proxy(string? lowercase, string uppercase) => Assert.StartsWith(
        "one.example,two.example,localhost", ProxyEnvironment.AddLoopback(lowercase, uppercase));
}
