using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Catalog.Products;
using Shop.Contracts;
using Shop.Messaging;
using Shop.Messaging.MassTransit;
using Shop.Tests.Support;
using Shop.Tests.Unit.Messaging;

namespace Shop.Tests.Unit.Catalog;

public class ProductChangesTests
{
    [Fact]
    public async Task Change_of_a_product_stands_when_the_broker_does_not_take_its_message()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new MessagingMetrics(
            services.GetRequiredService<IMeterFactory>(), new HostingEnvironment { ApplicationName = "Shop.Tests" });
        var options = Options.Create(new MessagingOptions { PublishTimeout = TimeSpan.FromMilliseconds(1) });
        var publisher = new MassTransitPublisher(
            MassTransitPublisherTests.UnresponsiveEndpoint.Create(), options, TimeProvider.System, metrics);
        var log = new RecordedLog();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));

        await new ProductChanges(publisher, logging.CreateLogger<ProductChanges>()).PublishAsync(
            new ProductDetails("MUG", "Mug", "A mug.", "mugs", new Money(1600, "EUR"), default, Version: 2));

        Assert.Contains("MUG", Assert.Single(log.TextsOf("product.change_not_published")), StringComparison.Ordinal);
    }
}
