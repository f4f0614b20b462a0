using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>The collection of tests with a browser. They share an application of their own, so that they run beside the others.</summary>
[CollectionDefinition(Name)]
public sealed class EndToEndApplication : ICollectionFixture<ShopApp>
{
    public const string Name = "Application with a browser";
}
