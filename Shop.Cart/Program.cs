using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddCriticalRoute("checkout", route: "/checkout$", @event: @"^checkout\.");
builder.AddCarts();
builder.AddCheckout();
builder.AddPersonalData();
builder.AddMessaging(messages => messages.AddHandler<OrderConfirmed, OrderConfirmedHandler>());
// The call must be in this project: the source generator of AddValidation only discovers types of the project that contains the call.
builder.Services.AddValidation();
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapCarts();
app.MapCheckout();
app.Run();
