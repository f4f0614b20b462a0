using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Hosting;

namespace Shop.Tests.Unit.Telemetry;

public class ShutdownDeadlineTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Steps_of_a_stop_share_5_seconds()
    {
        var deadline = new ShutdownDeadline(_time);
        deadline.Start();
        _time.Advance(3.5 * _second);
        deadline.Start();

        Assert.Equal(1 * _second, deadline.GetTimeout(2.5 * _second, min: _second, reserve: 0.5 * _second));
        _time.Advance(_second);
        Assert.Equal(0.5 * _second, deadline.GetTimeout(_second));
        _time.Advance(0.5 * _second);
        Assert.Equal(0.1 * _second, deadline.GetTimeout(_second));
    }

    [Fact]
    public void Step_of_a_fast_stop_has_its_longest_time()
    {
        var deadline = new ShutdownDeadline(_time);
        deadline.Start();

        Assert.Equal(2.5 * _second, deadline.GetTimeout(2.5 * _second, min: _second, reserve: 0.5 * _second));
        Assert.Equal(_second, deadline.GetTimeout(_second));
    }

    [Fact]
    public void First_step_starts_the_time_of_a_service_that_could_not_start()
    {
        var deadline = new ShutdownDeadline(_time);
        _time.Advance(10 * _second);

        Assert.Equal(2 * _second, deadline.GetTimeout(2 * _second));
        _time.Advance(4.5 * _second);
        Assert.Equal(0.5 * _second, deadline.GetTimeout(_second));
    }
}
