using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace Shop.Tests.Unit.ServiceDefaults.Storage;

public sealed class RedisSpansTests
{
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, false, true)] // it may still fail, and then all of it is kept
    [InlineData(false, true, false)]
    public void A_command_is_told_while_somebody_may_see_it(bool recorded, bool requestEnded, bool told)
    {
        using var request = new Activity("request").Start();
        using var below = new Activity("below").Start();
        below.ActivityTraceFlags = recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
        below.Stop();
        if (requestEnded)
            request.Stop();

        Assert.Equal(told, RedisExtensions.IsTold(new RedisInstrumentationContext(below, null!)));
    }

    [Fact]
    public void A_command_that_belongs_to_nothing_is_not_told() =>
        Assert.False(RedisExtensions.IsTold(new RedisInstrumentationContext(null, null!)));
}
