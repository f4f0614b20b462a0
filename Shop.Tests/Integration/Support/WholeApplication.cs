namespace Shop.Tests.Integration.Support;

/// <summary>The collection of tests that share one running application.</summary>
[CollectionDefinition(Name)]
public sealed class WholeApplication : ICollectionFixture<ShopApp>
{
    public const string Name = "Whole application";
}
