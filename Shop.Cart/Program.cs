using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddCriticalRoute("checkout", route: "/checkout$", @event: @"^checkout\.");
builder.AddCarts();
builder.AddCheckout();
builder.AddPersonalData();
builder.AddMessaging(MessageSubscribers.All, messages => messages
    .AddHandler<OrderConfirmed, OrderConfirmedHandler>()
    .AddHandler<OrderRejected, OrderNotConfirmedHandler>()
    .AddHandler<OrderCancelled, OrderNotConfirmedHandler>()
    .AddHandler<OrderRefunded, OrderNotConfirmedHandler>()
    .AddBroadcastHandler<ProductChanged, ProductChangedHandler>());
builder.Services.AddValidation(); // Must be called here: the validation source generator only sees the calling project.
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapCarts();
app.MapCheckout();
app.Run();
