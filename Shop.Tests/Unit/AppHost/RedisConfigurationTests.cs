using System.Runtime.Versioning;
using Shop.AppHost.Infrastructure.Local;

namespace Shop.Tests.Unit.AppHost;

[UnsupportedOSPlatform("windows")]
public sealed class RedisConfigurationTests
{
    [Fact]
    public void Spaces_quotes_and_backslashes_are_part_of_a_value() =>
        Assert.Equal("""
            "/tmp/jürgen's \"new\" c:\\data"
            """.Trim(), LocalRedisBuilderExtensions.Quote("""/tmp/jürgen's "new" c:\data"""));
}
