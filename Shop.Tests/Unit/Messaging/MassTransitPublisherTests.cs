using System.Diagnostics.Metrics;
using System.Reflection;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Shop.Messaging;
using Shop.Messaging.MassTransit;

namespace Shop.Tests.Unit.Messaging;

public sealed class MassTransitPublisherTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MessagingMetrics _metrics;

    public MassTransitPublisherTests() => _metrics = new(
        _services.GetRequiredService<IMeterFactory>(), new HostingEnvironment { ApplicationName = "Shop.Tests" });

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Publish_fails_when_the_broker_does_not_confirm_in_time()
    {
        var options = new MessagingOptions { PublishTimeout = TimeSpan.FromMilliseconds(1) };
        var publisher = new MassTransitPublisher(UnresponsiveEndpoint.Create(), Options.Create(options), TimeProvider.System, _metrics);

        var exception = await Assert.ThrowsAsync<BrokerUnavailableException>(() =>
            publisher.PublishAsync(new Message("text"), Guid.NewGuid(), CancellationToken.None));
        Assert.IsAssignableFrom<OperationCanceledException>(exception.InnerException);
    }

    [Fact]
    public async Task Publish_is_canceled_with_its_caller()
    {
        using var canceled = new CancellationTokenSource();
        var publisher = new MassTransitPublisher(
            UnresponsiveEndpoint.Create(), Options.Create(new MessagingOptions()), TimeProvider.System, _metrics);
        var publishing = publisher.PublishAsync(new Message("text"), Guid.NewGuid(), canceled.Token);

        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publishing);
    }

    public sealed record Message(string Text);

    /// <summary>Never completes a publish and ignores its token, as a channel does whose connection breaks while it publishes.</summary>
    public class UnresponsiveEndpoint : DispatchProxy
    {
        private readonly TaskCompletionSource _never = new();

        public static IPublishEndpoint Create() => Create<IPublishEndpoint, UnresponsiveEndpoint>();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _never.Task;
    }
}
